using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Convolutions with float activations: blocks of several vectors, chunks of long sums, groups, depthwise, every width.</summary>
public class RealConvolutionTests
{
    private static readonly Conv2d[] Convolutions =
    [
        new(40, 3) { Padding = 1, Bias = true },
        new(33, new Extent(2, 3)) { Padding = new Extent(0, 2), Stride = new Extent(2, 1), Dilation = new Extent(1, 2) },
        new(70, 1) { Stride = 2, Bias = true },
        new(72, 3) { Padding = 1, Groups = 3, Bias = true },
        new(36, 3) { Padding = 1, Groups = 36, Bias = true },
        new(36, new Extent(3, 2)) { Stride = 2, Groups = 36 },
        new(72, 3) { Padding = new Extent(3, 0), Groups = 36, Bias = true },
    ];

    public static TheoryData<KernelSet> Kernels => EngineTests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EqualTheOracleBitForBit(KernelSet kernel)
    {
        foreach (var op in Convolutions)
        {
            foreach (int bits in new[] { 1, 2, 3, 4, 5, 6, 7, 8, 32 })
            {
                var graph = Create(new TensorShape(36, 7, 6), op, bits);
                Compare(graph, kernel, Values((int)graph.InputShape.ElementCount, (ulong)bits), $"{op}, {bits} bits");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void SumOverMoreElementsThanOneChunkTakes(KernelSet kernel)
    {
        foreach (var (channels, op) in new[] { (800, new Conv2d(20, 1) { Bias = true }), (150, new Conv2d(18, 3) { Padding = 1 }) })
        {
            var graph = Create(new TensorShape(channels, 3, 2), op, 3);
            Compare(graph, kernel, Values((int)graph.InputShape.ElementCount, 1), op.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void PaddingIsPartOfTheSum(KernelSet kernel)
    {
        // Inside, 0 · −1 keeps a sum at −0; at the border 0 · 0 turns it into +0, and an infinite weight makes NaN of it.
        var graph = Create(new TensorShape(36, 7, 6), new Conv2d(2, 3) { Padding = 1, Bias = true }, 32);
        float[] weights = new float[graph.Parameters["conv.weight"].Shape.ElementCount];
        weights[^1] = float.PositiveInfinity;
        graph = graph.WithParameters([new("conv.weight", new FloatTensor(graph.Parameters["conv.weight"].Shape, weights)), new("conv.bias", FloatTensor.Filled(new TensorShape(2), -0f))]);
        float[] negative = new float[graph.InputShape.ElementCount];
        Array.Fill(negative, -1);
        float[] outputs = Compare(graph, kernel, negative, "padding");
        Assert.Equal(0, BitConverter.SingleToInt32Bits(outputs[0]));
        Assert.True(float.IsNegative(outputs[8]));
        Assert.True(float.IsNaN(outputs[^1]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3.2)]
    [InlineData(4, 4)]
    [InlineData(6, 6.4)]
    [InlineData(8, 8)]
    [InlineData(32, 32)]
    public void WeightsStayPacked(int bits, double stored)
    {
        var session = IntegerSession.Create(Create(new TensorShape(320, 2, 2), new Conv2d(64, 1), bits));
        Assert.Equal(320 * 64 * stored / 8, session.Explain().Sum(l => l.WeightBytes));
    }

    private static Graph Create(TensorShape input, Conv2d op, int bits)
    {
        var graph = new GraphBuilder("real").Input(input).Conv2d("conv", op.OutputChannels, op.Kernel, op.Stride, op.Padding, op.Dilation, op.Groups, op.Bias).Build(3);
        if (bits == 32)
        {
            return graph;
        }

        var shape = graph.Parameters["conv.weight"].Shape;
        var random = SeededRandom.ForStream((ulong)bits, 4);
        float[] scales = Values(shape[0], 2), offsets = Values(shape[0], 3);
        var grid = new Grid(bits == 8 ? -128 : -1, bits == 8 ? 127 : (1 << bits) - 2, [.. scales.Select(s => Math.Abs(s) + 0.01f)], offsets);
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => grid.MinCode + random.Next(grid.LevelCount))];
        return graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, grid, codes))]);
    }

    private static float[] Values(int count, ulong seed)
    {
        var random = SeededRandom.ForStream(seed, 5);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.NextGaussian())];
    }

    private static float[] Compare(Graph graph, KernelSet kernel, float[] input, string what)
    {
        float[] expected = new ReferenceInterpreter(graph).Run(input), actual = new float[expected.Length];
        var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel });
        session.Run(input, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(expected[i].Equals(actual[i]) && float.IsNegative(expected[i]) == float.IsNegative(actual[i]) || float.IsNaN(expected[i]) && float.IsNaN(actual[i]),
                $"{what}, {string.Join(" ", session.Explain())}: output {i} is {actual[i]:R} instead of {expected[i]:R}");
        }

        return actual;
    }
}
