using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Networks of a few hundred bytes that ask for more than there is: one clear line, before anything of that size is allocated.</summary>
public class PlanLimitsTests
{
    private const long SmallBytes = 64 << 20;

    private static readonly Grid Byte = Grid.Uniform(8, 0.01f, -1);

    public static TheoryData<KernelSet> Kernels => EngineTests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void WindowSumsThatPass32Bits(KernelSet kernel) =>
        Refuses(Coded(new TensorShape(1, 130_000_000, 1), new Conv2d(1, 1) { Stride = new Extent(2, 1) }), "conv", kernel);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void SumsOfGroupsThatPass32Bits(KernelSet kernel) => Refuses(
        Coded(new TensorShape(4, 1, 1), new Conv2d(4, 1) { Groups = 2, Padding = new Extent(1 << 19, 64), Stride = new Extent(1 << 20, 128) }), "conv", kernel);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void ImagesWhoseTablesPassTheWorkingMemory(KernelSet kernel)
    {
        Refuses(Coded(new TensorShape(1, 12_000, 12_000), new Conv2d(4, 1)), "conv", kernel);
        Refuses(Coded(new TensorShape(1, 20_000, 20_000), new Conv2d(4, 1)), "conv", kernel);
        Refuses(Coded(new TensorShape(1, 1, 1), new Conv2d(1, 3) { Padding = 20_000 }), "conv", kernel);
        Refuses(new GraphBuilder("reals").Input(new TensorShape(1, 20_000, 20_000)).Conv2d("conv", 4, 1).GlobalAveragePool().Build(1), "conv", kernel);
        Refuses(new GraphBuilder("reals").Input(new TensorShape(1, 1, 1)).Conv2d("conv", 1, 3, padding: 20_000).GlobalAveragePool().Build(1), "conv", kernel);
        Refuses(Coded(new TensorShape(8, 9_000, 9_000), new Conv2d(8, 3) { Groups = 8 }), "conv", kernel);
    }

    [Fact]
    public void ValuesOfMoreElementsThan32BitsCount() =>
        Refuses(new GraphBuilder("big").Input(new TensorShape(2, 1 << 30), null).Relu("relu").Build(1), "input", KernelSet.Auto);

    [Theory]
    [InlineData(new[] { 3, 5 })]
    [InlineData(new[] { 3, 2, 2, 2 })]
    public void AGridForEveryChannelOfWhatIsNoImage(int[] shape)
    {
        float[] scales = [.. Enumerable.Repeat(0.1f, shape[0])], offsets = new float[shape[0]];
        var grid = new Grid(0, 255, scales, offsets);
        Refuses(new GraphBuilder("ranks").Input(new TensorShape(shape), grid).Relu("relu").Build(1), "input", KernelSet.Auto);
        Refuses(new GraphBuilder("ranks").Input(new TensorShape(shape)).Quantize(grid, "codes").Relu("relu").Build(1), "codes", KernelSet.Auto);
    }

    [Theory]
    [InlineData(46_341)]
    [InlineData(65_536)]
    public void AveragesOverWindowsOfMorePlacesThan32BitsCount(int kernel)
    {
        var pool = new AveragePool(kernel, kernel) { Padding = kernel - 1, CountIncludesPadding = true };
        var builder = new GraphBuilder("mean").Input(new TensorShape(1, 2, 2));
        var graph = builder.Append("mean", pool, builder.Current).Build(1);
        float[] actual = new float[graph.OutputShape.ElementCount], input = [1, 2, 3, 4];
        IntegerSession.Create(graph).Run(input, actual);
        Assert.Equal(new ReferenceInterpreter(graph).Run(input), actual);
        Assert.All(actual, mean => Assert.InRange(mean, 1e-11f, 10 / (float)((double)kernel * kernel)));
    }

    private static Graph Coded(TensorShape shape, Conv2d op)
    {
        var builder = new GraphBuilder("large").Input(shape, Byte);
        var graph = builder.Append("conv", op, builder.Current).GlobalAveragePool().Build(1);
        var weight = graph.Parameters["conv.weight"].Shape;
        int[] codes = [.. Enumerable.Range(0, (int)weight.ElementCount).Select(i => i % 4)];
        return graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(weight, Grid.Uniform(2, 0.1f, -0.1f), codes))]);
    }

    private static void Refuses(Graph graph, string node, KernelSet kernel)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var fault = Assert.ThrowsAny<BitAnnealException>(() => IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, SmallBytes);
        Assert.Contains($"node '{node}'", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', fault.Message);
    }
}
