using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Chains of convolution, shortcut, rectifier and quantizer, for every pair of widths and shapes around the lanes of the kernels.</summary>
public class FusedConvolutionTests
{
    private const int Cases = 120;

    private static readonly int[] Channels = [1, 2, 3, 5, 16, 21, 32, 33, 64, 65, 100, 128];
    private static readonly int[] Outputs = [1, 10, 16, 17, 32, 33, 48, 64, 65, 127, 128, 129, 192];
    private static readonly int[] Sizes = [1, 3, 4, 5, 7, 8];

    public static TheoryData<KernelSet> Kernels { get; } = new(
        new[] { (KernelSet.Auto, true), (KernelSet.Scalar, true), (KernelSet.Vector256, Avx2.IsSupported), (KernelSet.Avx512, Avx512BW.IsSupported) }.Where(k => k.Item2).Select(k => k.Item1));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EqualTheOracleBitForBit(KernelSet kernel)
    {
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var graph = Chain(random);
            byte[] image = new byte[graph.InputShape.ElementCount];
            random.NextBytes(image);
            if (seed % 7 == 0)
            {
                Array.Fill(image, (byte)255); // The largest sums possible.
            }

            var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel });
            float[] actual = new float[graph.OutputShape.ElementCount];
            session.Run(image, actual);
            AssertSame(new ReferenceInterpreter(graph).Run(image), actual, $"seed {seed}: {string.Join("; ", session.Explain())}");
            session.Run(image, actual);
            AssertSame(new ReferenceInterpreter(graph).Run(image), actual, $"seed {seed}, second run");
        }
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(2, 4)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    public void LayersThatAreLookedUpEqualTheOracleBitForBit(int weightLevels, int codeBits)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var graph = Chain(new Random(seed), weightLevels, codeBits);
            byte[] image = new byte[graph.InputShape.ElementCount];
            new Random(seed).NextBytes(image);
            if (seed % 5 == 0)
            {
                Array.Fill(image, (byte)255);
            }

            float[] expected = new ReferenceInterpreter(graph).Run(image), actual = new float[graph.OutputShape.ElementCount];
            foreach (var kernel in Kernels)
            {
                IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(image, actual);
                AssertSame(expected, actual, $"{kernel}, seed {seed}");
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public void GiveTheSameBitsOnAnyNumberOfThreads(int threads)
    {
        for (int seed = 0; seed < 25; seed++)
        {
            var graph = Chain(new Random(1000 + seed));
            byte[] image = new byte[graph.InputShape.ElementCount];
            new Random(seed).NextBytes(image);
            float[] expected = new float[graph.OutputShape.ElementCount], actual = new float[expected.Length];
            IntegerSession.Create(graph).Run(image, expected);
            var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
            for (int run = 0; run < 20; run++)
            {
                Array.Clear(actual);
                session.Run(image, actual);
                AssertSame(expected, actual, $"seed {seed}, run {run}");
            }
        }
    }

    [Fact]
    public void EightThreadsWithASessionEachAndWorkersOfTheirOwn()
    {
        var graph = Chain(new Random(7));
        var session = IntegerSession.Create(graph, new SessionOptions { Threads = 2 });
        byte[] image = new byte[graph.InputShape.ElementCount];
        new Random(7).NextBytes(image);
        float[] expected = new float[graph.OutputShape.ElementCount];
        session.Run(image, expected);
        Parallel.For(0, 8, _ =>
        {
            var own = session.Clone();
            float[] actual = new float[expected.Length];
            for (int run = 0; run < 50; run++)
            {
                own.Run(image, actual);
                AssertSame(expected, actual, "clone");
            }
        });
    }

    [Theory]
    [InlineData(2, 2, "lookup vpermb 3 x 2-bit, rows: 2-bit codes")]
    [InlineData(1, 2, "lookup vpermb 6 x 1-bit, rows: 2-bit codes")]
    [InlineData(1, 3, "lookup vpermb 6 x 1-bit, pairs, rows: 2-bit codes")]
    [InlineData(1, 4, "lookup vpermb 6 x 1-bit, pairs: 2-bit codes")]
    [InlineData(2, 2, "lookup vpshufb 2 x 2-bit: 2-bit codes")]
    public void LooksProductsUpWhereItPays(int weightBits, int activationBits, string step)
    {
        var set = step.Contains("vpermb", StringComparison.Ordinal) ? KernelSet.Avx512 : KernelSet.Vector256;
        if (!(set == KernelSet.Avx512 ? Avx512Vbmi.IsSupported : Avx2.IsSupported))
        {
            return;
        }

        var graph = new GraphBuilder("wide").Input(new TensorShape(64, 8, 8), Grid.Uniform(8, 0.01f, 0)).Quantize(Grid.Uniform(activationBits, 0.5f, 0)).Conv2d("conv", 64, 3, padding: 1).Relu().Quantize(Grid.Uniform(2, 1f, 0)).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, Grid.Uniform(weightBits, 0.1f, -0.15f), new int[shape.ElementCount]))]);
        string plan = string.Join("; ", IntegerSession.Create(graph, new SessionOptions { Kernel = set }).Explain());
        Assert.Contains(step, plan, StringComparison.Ordinal);
    }

    [Fact]
    public void IgnoresLayersThatNothingReads()
    {
        var builder = new GraphBuilder("head").Input(new TensorShape(3, 4, 4), Grid.Uniform(8, 0.01f, 0)).Quantize(Grid.Uniform(2, 0.5f, 0), "codes").Conv2d("dead", 4, 3, padding: 1);
        var graph = builder.From("codes").Conv2d("alive", 5, 3, padding: 1).GlobalAveragePool().Flatten().Build(1);
        graph = graph.WithParameters(graph.Parameters.Select(p => KeyValuePair.Create(p.Key, (GraphTensor)Weight(new Random(1), p.Value.Shape))));
        byte[] image = [.. Enumerable.Range(0, 48).Select(i => (byte)(5 * i))];
        float[] actual = new float[5];
        IntegerSession.Create(graph).Run(image, actual);
        AssertSame(new ReferenceInterpreter(graph).Run(image), actual, "alive");
    }

    [Fact]
    public void RefusesPaddingThatWouldFillTheMemory()
    {
        var graph = new GraphBuilder("hostile").Input(new TensorShape(5120, 1, 1), Grid.Uniform(8, 0.01f, 0)).Conv2d("conv", 1, 1, stride: new Extent(1, 1 << 20), padding: new Extent(0, 1 << 20))
            .GlobalAveragePool().Flatten().Build(1);
        graph = graph.WithParameters([new("conv.weight", Weight(new Random(1), graph.Parameters["conv.weight"].Shape))]);
        Assert.Contains("2 GiB", Assert.Throws<GraphException>(() => IntegerSession.Create(graph)).Message, StringComparison.Ordinal);
    }

    /// <summary>A first convolution, and one or two behind it that share a rectifier, a shortcut or a quantizer.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="weightLevels">Levels of all weights; 0 for any.</param>
    /// <param name="codeBits">Bits of all codes between layers; 0 for any.</param>
    private static Graph Chain(Random random, int weightLevels = 0, int codeBits = 0)
    {
        int channels = Pick(random, Channels), outputs = Pick(random, Outputs), height = Pick(random, Sizes), width = Pick(random, Sizes);
        int kernel = random.Next(3) == 0 ? 1 : 3, stride = random.Next(4) == 0 ? 2 : 1, dilation = random.Next(6) == 0 ? 2 : 1;
        int padding = kernel == 1 ? 0 : dilation;
        var builder = new GraphBuilder("chain").Input(new TensorShape(channels, height, width), Grid.Uniform(8, 1 / 64f, -1.5f)).Quantize(RandomGrid(random, codeBits > 0 ? codeBits : random.Next(1, 9)), "image")
            .Conv2d("first", outputs, kernel, stride: stride, padding: padding, dilation: dilation, bias: random.Next(2) == 0);
        if (random.Next(3) == 0)
        {
            builder = Rectified(builder, random).Quantize(RandomGrid(random, codeBits > 0 ? codeBits : random.Next(1, 9)), "deep").Conv2d("depthwise", outputs, 3, stride: 1 + random.Next(2), padding: 1 + random.Next(2), groups: outputs);
        }

        builder = Rectified(builder, random).Quantize(RandomGrid(random, codeBits > 0 ? codeBits : random.Next(1, 9)), "codes");
        if (random.Next(2) == 0)
        {
            builder = builder.Conv2d("second", outputs, 3, padding: 1);
            string inner = builder.Current;
            builder = builder.From("codes").Conv2d("shortcut", outputs, 1).Add(inner);
            builder = Rectified(builder, random);
            string sum = builder.Current;
            builder = builder.Quantize(RandomGrid(random, codeBits > 0 ? codeBits : random.Next(1, 5)), "inner");
            builder = random.Next(2) == 0 ? builder.Conv2d("third", Pick(random, Outputs), 3, padding: 1) : builder.Conv2d("third", outputs, 3, padding: 1).Add(sum);
        }

        var graph = builder.GlobalAveragePool().Flatten().Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Key.EndsWith(".weight", StringComparison.Ordinal)).Select(p => KeyValuePair.Create(p.Key, (GraphTensor)Weight(random, p.Value.Shape, weightLevels))));
    }

    internal static GraphBuilder Rectified(GraphBuilder builder, Random random) => random.Next(4) switch
    {
        0 => builder,
        1 => builder.Relu6(),
        _ => builder.Relu(),
    };

    internal static QuantizedTensor Weight(Random random, TensorShape shape, int levels = 0)
    {
        levels = levels > 0 ? levels : random.Next(3) switch
        {
            0 => 4,
            1 => random.Next(2, 5),
            _ => random.Next(2, 257),
        };
        int min = random.Next(3) == 0 ? 0 : -random.Next(0, Math.Min(levels, 128));
        bool perChannel = random.Next(2) == 0;
        float[] scales = [.. Enumerable.Range(0, perChannel ? shape[0] : 1).Select(_ => 0.01f + (float)random.NextDouble() / levels)];
        float[] offsets = [.. scales.Select(s => random.Next(3) == 0 ? 0 : (float)(random.NextDouble() - 0.5) * s * levels)];
        bool extreme = random.Next(5) == 0;
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => min + (extreme ? levels - 1 : random.Next(levels)))];
        return QuantizedTensor.FromCodes(shape, new Grid(min, min + levels - 1, scales, offsets), codes);
    }

    internal static Grid RandomGrid(Random random, int bits)
    {
        int levels = random.Next(3) == 0 ? random.Next(2, (1 << bits) + 1) : 1 << bits, min = random.Next(3) == 0 ? -random.Next(0, Math.Min(levels, 128)) : 0;
        float scale = (0.5f + (float)random.NextDouble()) * 4 / levels;
        return new Grid(min, min + levels - 1, [scale], [random.Next(2) == 0 ? 0 : (float)(random.NextDouble() - 0.7) * 2]);
    }

    internal static int Pick(Random random, int[] values) => values[random.Next(values.Length)];

    internal static void AssertSame(float[] expected, float[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]), $"{what}: output {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
