using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

public class ActivationCalibrationTests
{
    private static readonly string[] Places = ["input.quantize", "relu1.quantize", "flatten1.quantize"];

    [Fact]
    public void EveryLayerOfCodesReadsCodesThatSpanWhatItSaw()
    {
        var graph = Network();
        byte[][] images = [.. Enumerable.Range(1, 5).Select(Image)];
        var (calibrated, markers) = ActivationCalibration.Apply(graph, images.Select(i => new ReadOnlyMemory<byte>(i)));
        Assert.Equal(Places, markers);
        Assert.All(calibrated.Nodes.Where(n => n.Operator is Conv2d or Linear), n => Assert.Equal(8, calibrated.GridOf(n.Inputs[0])!.Bits));
        var grid = calibrated.GridOf("relu1.quantize")!;
        Assert.Equal(0, grid.Dequantize(grid.MinCode));
        float largest = images.Max(i => Values(graph, "relu1", i).Max());
        Assert.Equal(largest, grid.Dequantize(grid.MaxCode), 1e-6f * largest);
        Assert.Empty(IntegerSession.Create(calibrated).Warnings);
    }

    [Fact]
    public void TheAnswersStayCloseAndNarrowerCodesAreFurtherOff()
    {
        var graph = Network();
        ReadOnlyMemory<byte>[] images = [.. Enumerable.Range(1, 20).Select(i => new ReadOnlyMemory<byte>(Image(i)))];
        double[] errors = [.. new[] { 8, 6, 4, 2 }.Select(bits => Error(graph, ActivationCalibration.Apply(graph, images, bits).Graph))];
        Assert.True(errors[0] < 0.05, $"{errors[0]}");
        Assert.True(errors.Zip(errors.Skip(1)).All(p => p.First < p.Second), string.Join(", ", errors));
    }

    [Fact]
    public void RefusesWhatCannotBeCalibrated()
    {
        var graph = Network();
        ReadOnlyMemory<byte>[] images = [Image(1)];
        var done = ActivationCalibration.Apply(graph, images).Graph;
        Assert.Contains("nothing to calibrate", Assert.Throws<BitAnnealException>(() => ActivationCalibration.Apply(done, images)).Message, StringComparison.Ordinal);
        Assert.Contains("at least one image", Assert.Throws<BitAnnealException>(() => ActivationCalibration.Apply(graph, [])).Message, StringComparison.Ordinal);
        var endless = graph.WithParameters([new("conv1.bias", new FloatTensor(new TensorShape(16), [.. Enumerable.Repeat(float.PositiveInfinity, 16)]))]);
        Assert.Contains("relu1.quantize", Assert.Throws<BitAnnealException>(() => ActivationCalibration.Apply(endless, images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheProbeReadsWhatTheOracleComputes()
    {
        var graph = Network();
        byte[] image = Image(3);
        Assert.Equal(new ReferenceInterpreter(Ending(graph, "relu2")).Run(image), Values(graph, "relu2", image));
        var probe = new ValueProbe(graph, ["relu2", "relu1"], new SessionOptions { Threads = 2 });
        probe.Run(image);
        Assert.Equal(Values(graph, "relu2", image), probe.Values(0).ToArray());
        Assert.Equal(Values(graph, "relu1", image), probe.Values(1).ToArray());
    }

    private static float[] Values(Graph graph, string node, byte[] image)
    {
        var probe = new ValueProbe(graph, [node]);
        probe.Run(image);
        return probe.Values(0).ToArray();
    }

    private static Graph Ending(Graph graph, string node)
    {
        Node[] nodes = [.. graph.Nodes.TakeWhile(n => n.Name != node), graph[node], new Node("flat", new Flatten(), [node]), new Node("end", new Output(), ["flat"])];
        return new Graph("part", nodes, graph.Parameters.Where(p => nodes.Any(n => p.Key.StartsWith(n.Name + ".", StringComparison.Ordinal))).ToDictionary());
    }

    /// <summary>Mean distance of the answers, as a share of their deviation.</summary>
    private static double Error(Graph graph, Graph calibrated)
    {
        double distance = 0, size = 0;
        for (int i = 100; i < 120; i++)
        {
            float[] expected = new float[4], actual = new float[4];
            IntegerSession.Create(graph).Run(Image(i), expected);
            IntegerSession.Create(calibrated).Run(Image(i), actual);
            distance += expected.Zip(actual).Sum(p => Math.Abs(p.First - p.Second));
            size += expected.Sum(v => Math.Abs(v - expected.Average()));
        }

        return distance / size;
    }

    private static byte[] Image(int seed)
    {
        byte[] bytes = new byte[3 * 8 * 8];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static Graph Network()
    {
        var graph = new GraphBuilder("network").Input(new TensorShape(3, 8, 8), new Grid(0, 255, [1 / 64f, 1 / 70f, 1 / 60f], [-2f, -1.8f, -2.2f])).Conv2d("conv1", 16, 3, padding: 1, bias: true).Relu("relu1")
            .Conv2d("conv2", 20, 3, padding: 1, bias: true).Relu("relu2").GlobalAveragePool().Flatten().Linear("head", 4).Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Key.EndsWith(".weight", StringComparison.Ordinal)).Select(p =>
        {
            var random = new Random(p.Key.Length + p.Value.Shape[0]);
            return KeyValuePair.Create(p.Key, (GraphTensor)QuantizedTensor.FromCodes(p.Value.Shape, Grid.Uniform(2, 0.1f, -0.15f), [.. Enumerable.Range(0, (int)p.Value.Shape.ElementCount).Select(_ => random.Next(4))]));
        }));
    }
}
