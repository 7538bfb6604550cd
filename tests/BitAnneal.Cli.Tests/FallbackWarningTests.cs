using BitAnneal.Graphs;
using BitAnneal.Onnx;

namespace BitAnneal.Cli.Tests;

/// <summary>Every command that runs a network on integers names the layers that have no fast kernel, once each.</summary>
public sealed class FallbackWarningTests : IDisposable
{
    private readonly Tool tool = new();

    public FallbackWarningTests()
    {
        var graph = new GraphBuilder("grouped").Input(new TensorShape(3, 32, 32), Grid.Uniform(8, 0.02f, -2)).Conv2d("first", 8, 3, stride: 2).Relu().Quantize(Grid.Uniform(2, 0.5f, 0))
            .Conv2d("grouped", 8, 3, groups: 2).GlobalAveragePool().Flatten().Linear("head", 10).Build(1);
        var shape = graph.Parameters["grouped.weight"].Shape;
        var codes = QuantizedTensor.FromCodes(shape, Grid.Uniform(2, 0.1f, -0.15f), new int[shape.ElementCount]);
        OnnxExporter.Export(graph.WithParameters([new("grouped.weight", codes)]), tool.PathOf("grouped.onnx"));
    }

    public void Dispose() => tool.Dispose();

    [Theory]
    [InlineData("inspect grouped.onnx --json")]
    [InlineData("bench grouped.onnx --rounds 1 --json")]
    [InlineData("eval grouped.onnx --data synthetic --test-images 20 --threads 1 --json")]
    public void ALayerWithoutAKernelIsNamedOnceOnStandardError(string arguments)
    {
        var result = tool.Run(arguments).Succeeds();
        Assert.NotNull(result.Json);
        string warning = Assert.Single(result.Error.Split('\n'), l => l.StartsWith("warning: grouped: 2-bit weights 8x4x3x3 ", StringComparison.Ordinal));
        Assert.Contains("in 2 groups", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("warning: first", result.Error, StringComparison.Ordinal);
    }
}
