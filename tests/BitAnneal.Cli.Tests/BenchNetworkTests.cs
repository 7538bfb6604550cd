using System.Text;
using BitAnneal.Cli.Commands.Bench;
using BitAnneal.Cli.Commands.Bench.Ort;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Onnx;
using BitAnneal.Runtime;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Cli.Tests;

/// <summary>The networks that <c>bench</c> builds: random codes, and what ONNX Runtime runs in their place.</summary>
public sealed class BenchNetworkTests : IDisposable
{
    private readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Theory]
    [InlineData("quickstart", 1, 1)]
    [InlineData("quickstart", 8, 4)]
    [InlineData("resnet20", 2, 2)]
    public void RandomActivationsSpreadOverTheirCodes(string model, int weightBits, int activationBits)
    {
        var graph = RandomNetwork.Create(model, weightBits, activationBits, null, 3);
        Assert.Null(graph.FirstDifference(RandomNetwork.Create(model, weightBits, activationBits, null, 3)));
        var markers = graph.Nodes.Where(n => n.Operator is Quantize && n.Inputs[0] != graph.Input.Name).ToList();
        var values = new BenchImage(graph, 4).Read(graph, [.. markers.Select(m => m.Inputs[0])]);
        foreach (var (marker, reals) in markers.Zip(values))
        {
            var grid = ((Quantize)marker.Operator).Grid!;
            int[] counts = new int[grid.LevelCount];
            foreach (float value in reals)
            {
                counts[grid.Quantize(value) - grid.MinCode]++;
            }

            Assert.Equal(activationBits, grid.Bits);
            if (reals.Length >= 1000)
            {
                Assert.True(counts.Min() > 0 && counts.Max() < 0.95 * reals.Length, $"{marker.Name}: {string.Join(' ', counts)}");
                Assert.InRange(reals.Count(v => v > grid.Dequantize(grid.MaxCode) + grid.Scale(0)), 0, 0.05 * reals.Length);
            }
        }

        Assert.All(graph.Parameters.Where(p => p.Value.Shape.Rank is 2 or 4), p => Assert.Equal(weightBits, Assert.IsType<QuantizedTensor>(p.Value).Grid.Bits));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    public void EdgesKeepTheirWidth(int bits)
    {
        var cost = BitAnneal.Graphs.Cost.NetworkCost.Measure(RandomNetwork.Create("lenet5", 1, 2, bits, 1)).Layers;
        Assert.Equal([bits, .. Enumerable.Repeat(1, cost.Length - 2), bits], cost.Select(l => l.WeightBits));
        Assert.Equal(bits, cost[^1].ActivationBits);
        Assert.All(cost[1..^1], l => Assert.Equal(2, l.ActivationBits));
    }

    [Theory]
    [InlineData("quickstart", 4, 1, 0, 0)]
    [InlineData("resnet20", 19, 1, 9, 2)] // ONNX Runtime pads in float.
    [InlineData("lenet5", 2, 3, 0, 0)]
    public void OnnxRuntimeFusesEveryLayerOfTheEightBitTwinAndAgrees(string model, int convolutions, int linear, int additions, int pads)
    {
        var frozen = RandomNetwork.Create(model, 4, 8, null, 1);
        var image = new BenchImage(frozen, 2).WithoutGrid();
        var twin = FloatTwin.Create(frozen);
        float[] expected = new ReferenceInterpreter(twin).Run(image.Reals);
        using (var floats = new OrtNetwork(OnnxExporter.ToBytes(twin), twin, image.Reals, batch: 2, threads: 1))
        {
            Near([.. expected, .. expected], floats.Run(), 1e-4);
        }

        var eightBit = EightBitTwin.Create(twin, image);
        string optimized = tool.PathOf("optimized.onnx");
        using (var integers = new OrtNetwork(OnnxExporter.ToSignedBytes(eightBit), twin, image.Reals, batch: 1, threads: 1, optimized))
        {
            Near(new ReferenceInterpreter(eightBit).Run(image.Reals), integers.Run(), 0.03);
            Near(expected, integers.Run(), 0.15);
        }

        byte[] file = File.ReadAllBytes(optimized);
        Assert.Equal((convolutions, 0), (Count(file, "QLinearConv"), Count(file, "Conv") + Count(file, "FusedConv")));
        Assert.Equal((linear, 0), (Count(file, "QGemm"), Count(file, "Gemm") + Count(file, "FusedGemm")));
        Assert.Equal((additions, 0), (Count(file, "QLinearAdd"), Count(file, "Add")));
        Assert.Equal((1 + pads, pads, 0), (Count(file, "QuantizeLinear"), Count(file, "DequantizeLinear"), Count(file, "Relu")));
    }

    [Theory]
    [InlineData("resnet18", 1, 1)]
    [InlineData("resnet18", 2, 2)]
    [InlineData("resnet18", 4, 4)]
    [InlineData("resnet18", 2, 32)]
    [InlineData("resnet20", 1, 2)]
    [InlineData("resnet20", 2, 32)]
    [InlineData("resnet20", 8, 8)]
    [InlineData("mobilenetv2", 2, 4)]
    [InlineData("mobilenetv2", 4, 4)]
    [InlineData("mobilenetv2", 8, 8)]
    [InlineData("mobilenetv2", 4, 32)]
    [InlineData("vgg7", 2, 2)]
    public void KnownNetworksHaveAKernelForEveryLayer(string model, int weightBits, int activationBits)
    {
        var session = IntegerSession.Create(RandomNetwork.Create(model, weightBits, activationBits, null, 1));
        Assert.Empty(session.Warnings);
        Assert.DoesNotContain(session.Explain(), l => l.Implementation.StartsWith("integer convolution", StringComparison.Ordinal));
    }

    [Fact]
    public void ALibraryThatCannotBeLoadedIsOneClearError()
    {
        string missing = Assert.Throws<BitAnnealException>(() => OrtNetwork.Guard<int>(() => throw new DllNotFoundException("no onnxruntime"))).Message;
        Assert.Equal("ONNX Runtime cannot be loaded: no onnxruntime; run without --against ort", missing);
        var start = new TypeInitializationException("NativeMethods", new DllNotFoundException("no onnxruntime"));
        Assert.Equal(missing, Assert.Throws<BitAnnealException>(() => OrtNetwork.Guard<int>(() => throw start)).Message);
    }

    /// <summary>Differences are counted as a share of the largest value.</summary>
    private static void Near(float[] expected, float[] actual, double share)
    {
        Assert.Equal(expected.Length, actual.Length);
        double difference = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max() / expected.Max(Math.Abs);
        Assert.True(difference <= share, $"differs by {difference:E2} of the largest value");
    }

    /// <summary>Nodes with an operator: in the file, its name stands behind the tag of field 4 and its length.</summary>
    private static int Count(ReadOnlySpan<byte> file, string op)
    {
        byte[] mark = [0x22, (byte)op.Length, .. Encoding.ASCII.GetBytes(op)];
        return file.Count(mark);
    }
}
