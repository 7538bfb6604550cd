using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;
using BitAnneal.Tests;

namespace BitAnneal.Runtime.Tests;

public class EngineTests
{
    public static TheoryData<KernelSet> Kernels { get; } = new(
        new[] { (KernelSet.Scalar, true), (KernelSet.Vector256, Avx2.IsSupported), (KernelSet.Avx512, Avx512BW.IsSupported) }.Where(k => k.Item2).Select(k => k.Item1));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void EqualsTheOracleBitForBitOnRandomGraphs(KernelSet kernel)
    {
        var seen = new HashSet<string>();
        for (ulong seed = 1; seed <= 600; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            seen.UnionWith(graph.Nodes.Select(n => n.Operator.GetType().Name));
            var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel });
            for (ulong image = 0; image < 2; image++)
            {
                AssertSame(Expected(graph, image), Actual(session, graph, image), $"seed {seed}: {string.Join(" ", session.Explain())}");
            }
        }

        string[] missing = [.. typeof(Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Operator))).Select(t => t.Name).Except(seen)];
        Assert.Empty(missing);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void WideSumsThatOverflow32BitsStayExact(KernelSet kernel)
    {
        // 40,000 products of 255 · 255 exceed the 32-bit range.
        var graph = new GraphBuilder("wide").Input(new TensorShape(4096, 3, 3), Grid.Uniform(8, 0.01f, -1)).Conv2d("conv", 3, 3, padding: 1).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(i => 255 - (i % 7 == 0 ? 1 : 0))];
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, Grid.Uniform(8, 0.003f, -0.4f), codes))]);
        byte[] image = new byte[4096 * 9];
        Array.Fill(image, (byte)255);
        float[] actual = new float[3];
        IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(image, actual);
        AssertSame(new ReferenceInterpreter(graph).Run(image), actual, "wide");
    }

    [Theory]
    [InlineData(0, 255)]
    [InlineData(-1, 6)]
    [InlineData(-128, 127)]
    [InlineData(3, 4)]
    public void QuantizesTiesToEvenCodesAndClipsAndSendsNaNToTheLowest(int min, int max)
    {
        float[] values = [.. Enumerable.Range(2 * min - 5, 2 * (max - min) + 11).Select(i => i / 2f), float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, 1e38f, -1e38f, float.Epsilon];
        var graph = new GraphBuilder("ties").Input(new TensorShape(values.Length)).Quantize(new Grid(min, max, [1f], [0f])).Build(1);
        float[] actual = new float[values.Length];
        IntegerSession.Create(graph).Run(values, actual);
        AssertSame(new ReferenceInterpreter(graph).Run(values), actual, $"{min}..{max}");
        Assert.Equal(min, actual[Array.IndexOf(values, float.NaN)]);
    }

    [Fact]
    public void RunsWithoutAllocating()
    {
        foreach (ulong seed in new ulong[] { 3, 11, 25, 40, 77 })
        {
            var graph = RandomGraphs.Create(seed);
            var session = IntegerSession.Create(graph);
            float[] output = new float[graph.OutputShape.ElementCount], floats = RandomGraphs.Floats(graph, 1);
            byte[] bytes = RandomGraphs.Bytes(graph, 1);
            void Run()
            {
                if (RandomGraphs.TakesBytes(graph))
                {
                    session.Run(bytes, output);
                }
                else
                {
                    session.Run(floats, output);
                }
            }

            Run();
            Assert.Equal(0, AllocatedBytes.Least(Run));
        }
    }

    [Fact]
    public void BatchesOnSeveralThreadsGiveTheSameBits()
    {
        var graph = Enumerable.Range(1, 100).Select(s => RandomGraphs.Create((ulong)s)).First(g => RandomGraphs.TakesBytes(g) && g.OutputShape.ElementCount > 1);
        int outputs = (int)graph.OutputShape.ElementCount;
        byte[] images = [.. Enumerable.Range(0, 37).SelectMany(i => RandomGraphs.Bytes(graph, (ulong)i))];
        float[] single = new float[37 * outputs], threaded = new float[37 * outputs];
        IntegerSession.Create(graph).RunBatch(images, single);
        IntegerSession.Create(graph, new SessionOptions { Threads = 4 }).RunBatch(images, threaded);
        AssertSame(single, threaded, "threads");
        AssertSame(Expected(graph, 36), single[(36 * outputs)..], "last image");
    }

    [Fact]
    public void SaysWhatItCannotRun()
    {
        var open = new GraphBuilder("open").Input(new TensorShape(1, 4, 4)).Quantize(null, "here").Build(1);
        Assert.Contains("here", Assert.Throws<GraphException>(() => IntegerSession.Create(open)).Message, StringComparison.Ordinal);
        Assert.Throws<BitAnnealException>(() => IntegerSession.Create(RandomGraphs.Create(1), new SessionOptions { Threads = 0 }));
    }

    [Fact]
    public void WeightsStayPackedAtTheirWidth()
    {
        var graph = new GraphBuilder("packed").Input(new TensorShape(64, 8, 8), Grid.Uniform(8, 0.01f, 0)).Conv2d("conv", 64, 3, padding: 1).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        for (int bits = 1; bits <= 8; bits++)
        {
            var codes = QuantizedTensor.FromCodes(shape, Grid.Uniform(bits, 0.1f, 0), new int[shape.ElementCount]);
            long bytes = IntegerSession.Create(graph.WithParameters([new("conv.weight", codes)])).Explain().Sum(l => l.WeightBytes);
            Assert.InRange(bytes, shape.ElementCount * bits / 8, shape.ElementCount * (bits == 3 ? 4 : bits) / 8); // Kernels that unpack weights themselves take 3 bits as 4.
        }
    }

    private static float[] Expected(Graph graph, ulong image) => RandomGraphs.TakesBytes(graph)
        ? new ReferenceInterpreter(graph).Run(RandomGraphs.Bytes(graph, image))
        : new ReferenceInterpreter(graph).Run(RandomGraphs.Floats(graph, image));

    private static float[] Actual(IntegerSession session, Graph graph, ulong image)
    {
        float[] output = new float[session.OutputShape.ElementCount];
        if (RandomGraphs.TakesBytes(graph))
        {
            session.Run(RandomGraphs.Bytes(graph, image), output);
        }
        else
        {
            session.Run(RandomGraphs.Floats(graph, image), output);
        }

        return output;
    }

    private static void AssertSame(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]), $"{what}: output {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
