using BitAnneal.Graphs;
using BitAnneal.Onnx;

namespace BitAnneal.Cli.Tests;

/// <summary>Every command that runs a network on integers names the layers that have no fast kernel, once each.</summary>
public sealed class FallbackWarningTests : IDisposable
{
    private readonly Tool tool = new();

    public FallbackWarningTests()
    {
        var graph = new GraphBuilder("slow").Input(new TensorShape(3, 32, 32), Grid.Uniform(8, 0.02f, -2)).Conv2d("first", 8, 3, stride: 2).Relu().Quantize(Grid.Uniform(2, 0.5f, 0))
            .Conv2d("depthwise", 8, 3, groups: 8).Quantize(Grid.Uniform(2, 1e-6f, 0)).GlobalAveragePool().Flatten().Linear("head", 10).Build(1);
        var shape = graph.Parameters["depthwise.weight"].Shape;
        var codes = QuantizedTensor.FromCodes(shape, Grid.Uniform(2, 0.1f, -0.15f), new int[shape.ElementCount]);
        OnnxExporter.Export(graph.WithParameters([new("depthwise.weight", codes)]), tool.PathOf("slow.onnx"));
    }

    public void Dispose() => tool.Dispose();

    [Theory]
    [InlineData("inspect slow.onnx --json")]
    [InlineData("bench slow.onnx --rounds 1 --json")]
    [InlineData("eval slow.onnx --data synthetic --test-images 20 --threads 1 --json")]
    public void ALayerWithoutAKernelIsNamedOnceOnStandardError(string arguments)
    {
        var result = tool.Run(arguments).Succeeds();
        Assert.NotNull(result.Json);
        string warning = Assert.Single(result.Error.Split('\n'), l => l.StartsWith("warning: depthwise: 2-bit weights 8x1x3x3 ", StringComparison.Ordinal));
        Assert.Contains("then a 2-bit grid of step 1E-06", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("warning: first", result.Error, StringComparison.Ordinal);
    }
}
