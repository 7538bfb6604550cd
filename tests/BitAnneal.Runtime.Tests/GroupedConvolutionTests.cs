using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;
using static BitAnneal.Runtime.Tests.FusedConvolutionTests;

namespace BitAnneal.Runtime.Tests;

/// <summary>Convolutions with groups of channels in every epilogue, with groups from one channel to more than a block of 64.</summary>
public class GroupedConvolutionTests
{
    private const int MostChannels = 300;

    private static readonly int[] Counts = [2, 2, 3, 4, 5, 8, 16, 32], GroupInputs = [1, 2, 3, 4, 5, 8, 16, 31, 32, 33, 64, 65, 128], GroupOutputs = [1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 64, 65, 128];

    public static TheoryData<KernelSet> Kernels => FusedConvolutionTests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EqualTheOracleBitForBit(KernelSet kernel)
    {
        for (int seed = 0; seed < 150; seed++)
        {
            Check(Network(new Random(seed), wideOnly: false), kernel, seed);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void WideGroupsOfFewBitsEqualTheOracleBitForBit(KernelSet kernel)
    {
        for (int seed = 0; seed < 12; seed++)
        {
            Check(Network(new Random(seed), wideOnly: true), kernel, seed);
        }
    }

    [Theory]
    [InlineData(10944, 2, 2)] // So many inputs that sums of a group's codes pass 16 bits, though the sums of products do not.
    [InlineData(4416, 1, 4)]
    public void SumsOfAPixelMayPass16Bits(int groupInputs, int weightBits, int codeBits)
    {
        var graph = new GraphBuilder("wide").Input(new TensorShape(2 * groupInputs, 1, 2), Grid.Uniform(8, 0.1f, 0)).Quantize(Grid.Uniform(codeBits, 1, 0)).Conv2d("conv", 256, 1, groups: 2).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        var random = new Random(1);
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(1 << weightBits) - 2)];
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, new Grid(-2, (1 << weightBits) - 3, [0.1f], [0]), codes))]);
        byte[] image = new byte[graph.InputShape.ElementCount];
        Array.Fill(image, byte.MaxValue);
        float[] expected = new ReferenceInterpreter(graph).Run(image), actual = new float[expected.Length];
        foreach (var kernel in Kernels)
        {
            IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(image, actual);
            AssertSame(expected, actual, $"{kernel}");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void GiveTheSameBitsOnAnyNumberOfThreads(int threads)
    {
        for (int seed = 0; seed < 15; seed++)
        {
            var graph = Network(new Random(2000 + seed), wideOnly: false);
            byte[] image = Image(graph, seed);
            float[] expected = new float[graph.OutputShape.ElementCount], actual = new float[expected.Length];
            IntegerSession.Create(graph).Run(image, expected);
            var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
            for (int run = 0; run < 10; run++)
            {
                Array.Clear(actual);
                session.Run(image, actual);
                AssertSame(expected, actual, $"seed {seed}, run {run}");
            }
        }
    }

    [Theory]
    [InlineData(2, 64, 2, 1.25)]
    [InlineData(4, 64, 3, 1.6)] // The kernels take 3 bits as 4.
    [InlineData(4, 32, 4, 1.25)]
    [InlineData(8, 16, 8, 2.5)] // Panels may have 32 outputs.
    [InlineData(32, 4, 2, 12)] // Panels of 32 outputs hold zeros for seven of eight inputs.
    public void WeightsStayNearTheirWidth(int groups, int groupChannels, int bits, double most)
    {
        int channels = groups * groupChannels;
        var graph = new GraphBuilder("groups").Input(new TensorShape(channels, 4, 4), Grid.Uniform(8, 0.01f, 0)).Conv2d("conv", channels, 3, padding: 1, groups: groups).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, Grid.Uniform(bits, 0.1f, -0.1f), new int[shape.ElementCount]))]);
        foreach (var kernel in Kernels)
        {
            Assert.InRange(IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Explain().Sum(l => l.WeightBytes), shape.ElementCount * bits / 8, most * shape.ElementCount * bits / 8);
        }
    }

    [Fact]
    public void LooksProductsOfWideGroupsUp()
    {
        if (Avx512Vbmi.IsSupported)
        {
            var graph = Network(new Random(1), wideOnly: true);
            string plan = string.Join("; ", IntegerSession.Create(graph, new SessionOptions { Kernel = KernelSet.Avx512 }).Explain());
            Assert.Contains("lookup vpermb", plan, StringComparison.Ordinal);
        }
    }

    private static void Check(Graph graph, KernelSet kernel, int seed)
    {
        var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel });
        Assert.Empty(session.Warnings);
        byte[] image = Image(graph, seed);
        float[] expected = new ReferenceInterpreter(graph).Run(image), actual = new float[expected.Length];
        for (int run = 0; run < 2; run++)
        {
            session.Run(image, actual);
            AssertSame(expected, actual, $"seed {seed}, run {run}: {string.Join("; ", session.Explain())}");
        }
    }

    private static byte[] Image(Graph graph, int seed)
    {
        byte[] image = new byte[graph.InputShape.ElementCount];
        new Random(seed).NextBytes(image);
        if (seed % 7 == 0)
        {
            Array.Fill(image, (byte)255);
        }

        return image;
    }

    /// <summary>A grouped convolution, and one behind it whose result goes to codes, to reals, or to a sum with a shortcut.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="wideOnly">Two groups of 64 to 128 input and 128 output channels with codes of at most 2 bits, for kernels that look products up.</param>
    private static Graph Network(Random random, bool wideOnly)
    {
        int count = wideOnly ? 2 : Pick(random, Counts), channels, outputs;
        do
        {
            channels = count * (wideOnly ? 64 * random.Next(1, 3) : Pick(random, GroupInputs));
            outputs = count * (wideOnly ? 128 : Pick(random, GroupOutputs));
        }
        while (channels > MostChannels || outputs > MostChannels || (channels == count && outputs == count));

        int levels = wideOnly ? random.Next(2, 5) : 0;
        Grid Codes() => RandomGrid(random, wideOnly ? 2 : random.Next(1, 9));
        var kernel = random.Next(3) == 0 ? new Extent(1, 1) : new Extent(random.Next(1, 4), random.Next(1, 4));
        var dilation = new Extent(random.Next(1, 3), random.Next(1, 3));
        var builder = new GraphBuilder("groups").Input(new TensorShape(channels, random.Next(5, 9), random.Next(5, 9)), Grid.Uniform(8, 1 / 64f, -1.5f)).Quantize(Codes(), "image")
            .Conv2d("first", outputs, kernel, new Extent(random.Next(1, 4), random.Next(1, 4)), new Extent(random.Next(3), random.Next(3)), dilation, count, random.Next(2) == 0);
        builder = Rectified(builder, random);
        string reals = builder.Current;
        builder = builder.Quantize(Codes(), "codes");
        builder = random.Next(4) switch
        {
            0 => builder,
            1 => Rectified(builder.Conv2d("second", outputs, 3, padding: 1, groups: count), random).Quantize(Codes(), "behind"),
            2 => Rectified(builder.Conv2d("second", outputs, 3, padding: 1, groups: count).Add(reals), random).Quantize(Codes(), "behind"),
            _ => builder.Conv2d("second", outputs, 1, groups: count),
        };
        var graph = builder.GlobalAveragePool().Flatten().Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Key.EndsWith(".weight", StringComparison.Ordinal)).Select(p => KeyValuePair.Create(p.Key, (GraphTensor)Weight(random, p.Value.Shape, levels))));
    }
}
