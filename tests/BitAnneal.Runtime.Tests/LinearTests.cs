using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Linear layers and 1 × 1 convolutions of single pixels: matrices times one vector, and what is fused behind them.</summary>
public class LinearTests
{
    private const int Cases = 150;

    private static readonly int[] Inputs = [1, 2, 3, 7, 16, 31, 32, 33, 63, 64, 65, 127, 131, 257, 512, 1021];
    private static readonly int[] Outputs = [1, 2, 10, 13, 16, 17, 31, 32, 33, 64, 65, 100, 127, 129, 193, 257, 331, 577];

    public static TheoryData<KernelSet> Kernels => FusedConvolutionTests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EqualTheOracleBitForBit(KernelSet kernel)
    {
        for (int seed = 0; seed < Cases; seed++)
        {
            var (graph, image) = Network(seed);
            float[] expected = new ReferenceInterpreter(graph).Run(image), actual = new float[expected.Length];
            var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel });
            for (int run = 0; run < 2; run++)
            {
                session.Run(image, actual);
                FusedConvolutionTests.AssertSame(expected, actual, $"seed {seed}, run {run}: {string.Join("; ", session.Explain())}");
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void GiveTheSameBitsOnAnyNumberOfThreads(int threads)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var (graph, image) = Network(1000 + seed);
            float[] expected = new ReferenceInterpreter(graph).Run(image), actual = new float[expected.Length];
            var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
            for (int run = 0; run < 10; run++)
            {
                Array.Clear(actual);
                session.Run(image, actual);
                FusedConvolutionTests.AssertSame(expected, actual, $"seed {seed}, run {run}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void RunOnTheKernelsForOneVectorUpToFourBits(KernelSet kernel)
    {
        for (int bits = 1; bits <= 4 && (kernel != KernelSet.Auto || Avx2.IsSupported); bits++)
        {
            Assert.StartsWith("vector ", Implementation(Layer(bits, 20), kernel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void RunOnOtherKernelsWhereThoseAreAsFast()
    {
        Assert.DoesNotContain("vector ", Implementation(Layer(5, 20), KernelSet.Auto), StringComparison.Ordinal);
        if (Avx2.IsSupported)
        {
            Assert.DoesNotContain("vector ", Implementation(Layer(2, 16), KernelSet.Vector256), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void CountBeyond32BitsWhereCodesAreLarge(KernelSet kernel)
    {
        const int Inputs = 40000;
        var graph = new GraphBuilder("large").Input(new TensorShape(Inputs), Grid.Uniform(8, 0.01f, 0)).Linear("layer", 2).Build(1);
        int[] codes = [.. Enumerable.Range(0, 2 * Inputs).Select(i => i < Inputs ? 255 : 254 + i % 2)];
        graph = graph.WithParameters([new("layer.weight", QuantizedTensor.FromCodes(graph.Parameters["layer.weight"].Shape, new Grid(254, 255, [0.1f], [0f]), codes))]);
        byte[] image = new byte[Inputs];
        Array.Fill(image, (byte)255);
        float[] actual = new float[2];
        IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(image, actual);
        FusedConvolutionTests.AssertSame(new ReferenceInterpreter(graph).Run(image), actual, $"{kernel}");
    }

    [Fact]
    public void WeightsAreHeldAtTheirWidth()
    {
        foreach (var (bits, held) in new[] { (1, 1), (2, 2), (3, 4), (4, 4) })
        {
            var session = IntegerSession.Create(Layer(bits, 128), new SessionOptions { Kernel = KernelSet.Scalar });
            Assert.Equal(64 * 128 * held / 8, session.Explain().Single(p => p.Node == "layer" && p.WeightBytes > 0).WeightBytes);
        }
    }

    [Fact]
    public void ARunAllocatesNothing()
    {
        var session = IntegerSession.Create(Layer(2, 128));
        byte[] image = new byte[64];
        float[] result = new float[128];
        session.Run(image, result);
        Assert.Equal(0, AllocatedBytes.Least(() => session.Run(image, result)));
    }

    private static Graph Layer(int bits, int outputs)
    {
        var graph = new GraphBuilder("layer").Input(new TensorShape(64), Grid.Uniform(8, 0.01f, -1)).Linear("layer", outputs).Build(1);
        int[] codes = [.. Enumerable.Range(0, 64 * outputs).Select(i => i % (1 << bits))];
        return graph.WithParameters([new("layer.weight", QuantizedTensor.FromCodes(new TensorShape(outputs, 64), Grid.Uniform(bits, 0.1f, -0.15f), codes))]);
    }

    private static string Implementation(Graph graph, KernelSet kernel) =>
        IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Explain().Single(p => p.Node == "layer" && p.WeightBytes > 0).Implementation;

    /// <summary>One to three layers, some of them convolutions; perhaps a second reader, a shortcut, rectifiers and quantizers between them.</summary>
    private static (Graph Graph, byte[] Image) Network(int seed)
    {
        var random = new Random(seed);
        int inputs = Pick(random, Inputs);
        bool isImage = random.Next(3) == 0;
        var builder = new GraphBuilder("linear").Input(isImage ? new TensorShape(inputs, 1, 1) : new TensorShape(inputs), Grid.Uniform(8, 1 / 64f, -1.5f));
        if (random.Next(3) != 0)
        {
            builder.Quantize(FusedConvolutionTests.RandomGrid(random, random.Next(1, 9)));
        }

        int layers = random.Next(1, 4);
        for (int i = 0; i < layers; i++)
        {
            int outputs = Pick(random, Outputs);
            bool bias = random.Next(2) == 0;
            string source = builder.Current;
            Layer(builder, $"layer{i}", outputs, isImage, bias);
            if (random.Next(4) == 0)
            {
                string sum = builder.Current;
                Layer(builder.From(source), $"beside{i}", outputs, isImage, !bias);
                builder.Add(sum);
            }

            _ = random.Next(4) switch
            {
                0 => builder,
                1 => builder.Relu6(),
                _ => builder.Relu(),
            };
            if (i < layers - 1 || random.Next(2) == 0)
            {
                builder.Quantize(FusedConvolutionTests.RandomGrid(random, random.Next(1, 9)));
            }
        }

        var graph = builder.Build((ulong)seed);
        graph = graph.WithParameters(graph.Parameters.Select(p => KeyValuePair.Create(p.Key, p.Key.EndsWith(".weight", StringComparison.Ordinal) ? (GraphTensor)Weight(random, p.Value.Shape) : Bias(random, p.Value.Shape))));
        byte[] image = new byte[inputs];
        random.NextBytes(image);
        if (seed % 5 == 0)
        {
            Array.Fill(image, seed % 2 == 0 ? (byte)255 : (byte)0); // The largest and the smallest sums possible.
        }

        return (graph, image);
    }

    private static void Layer(GraphBuilder builder, string name, int outputs, bool isImage, bool bias) =>
        _ = isImage ? builder.Conv2d(name, outputs, 1, bias: bias) : builder.Linear(name, outputs, bias);

    private static QuantizedTensor Weight(Random random, TensorShape shape)
    {
        int bits = random.Next(1, 5), levels = bits > 1 && random.Next(3) == 0 ? (1 << bits) - 1 : 1 << bits;
        int min = random.Next(3) switch { 0 => 0, 1 => -(levels / 2), _ => -random.Next(levels) };
        float[] scales = [.. Enumerable.Range(0, random.Next(2) == 0 ? shape[0] : 1).Select(_ => 0.01f + random.NextSingle() / levels)];
        float[] offsets = [.. scales.Select(s => random.Next(3) == 0 ? 0 : (random.NextSingle() - 0.5f) * s * levels)];
        bool extreme = random.Next(5) == 0;
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => min + (extreme ? levels - 1 : random.Next(levels)))];
        return QuantizedTensor.FromCodes(shape, new Grid(min, min + levels - 1, scales, offsets), codes);
    }

    private static FloatTensor Bias(Random random, TensorShape shape) => new(shape, [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.NextSingle() - 0.5f)]);

    private static int Pick(Random random, int[] values) => values[random.Next(values.Length)];
}
