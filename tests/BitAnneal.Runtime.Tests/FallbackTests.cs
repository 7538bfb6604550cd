using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Layers of codes that no kernel is made for: one warning each, and the oracle's bits all the same.</summary>
public class FallbackTests
{
    private static readonly Grid Image = Grid.Uniform(8, 0.01f, -1), TwoBits = Grid.Uniform(2, 0.5f, -0.5f);

    [Theory]
    [InlineData(8, 2)]
    [InlineData(16, 8)] // Two outputs for every input channel.
    [InlineData(8, 8)]
    public void GroupsOfChannelsHaveKernels(int outputs, int groups) =>
        Assert.Empty(Check(From(8).Quantize(TwoBits).Conv2d("grouped", outputs, 3, padding: 1, groups: groups)).Warnings);

    [Fact]
    public void MoreProductsThanAFamilyAddsUpInEveryGroup()
    {
        string warning = OnlyWarning(From(7400).Quantize(TwoBits).Conv2d("long", 2, 3, padding: 1, groups: 2));
        Assert.StartsWith("long: 2-bit weights 2x3700x3x3 on 2-bit activations: 33300 products a sum, more than the fast kernels add up in 32 bits; ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreProductsThanAFamilyAddsUp()
    {
        string warning = OnlyWarning(From(3700).Quantize(TwoBits).Conv2d("long", 2, 3, padding: 1));
        Assert.StartsWith("long: 2-bit weights 2x3700x3x3 on 2-bit activations: 33300 products a sum, more than the fast kernels add up in 32 bits; ", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8192, true)] // By their weights, the sums of products stay below 2¹⁵.
    [InlineData(16384, false)]
    public void SumsTooLongToLookUpAreTakenByTheBytes(int channels, bool areLookedUp)
    {
        var session = Check(From(channels, 2).Quantize(TwoBits).Conv2d("long", 64, 1));
        Assert.Empty(session.Warnings);
        string implementation = Assert.Single(session.Explain(), l => l.Node == "long").Implementation;
        Assert.Equal(areLookedUp && Avx2.IsSupported, implementation.Contains("lookup", StringComparison.Ordinal));
    }

    [Fact]
    public void AGridForEveryChannelOfTheInput()
    {
        var grid = new Grid(0, 3, [0.5f, 0.4f, 0.3f, 0.2f], [-0.5f, 0, 0, 0.1f]);
        string warning = OnlyWarning(From(4).Quantize(grid, "codes").MaxPool(2).Conv2d("mixed", 5, 1));
        Assert.StartsWith("mixed: 2-bit weights 5x4x1x1 on 2-bit activations of codes, a grid for each of 4 channels: ", warning, StringComparison.Ordinal);
        Assert.EndsWith("use one grid for all channels", warning, StringComparison.Ordinal);
        Assert.StartsWith("head: 2-bit weights 3x16 on ", OnlyWarning(From(4, 2).Quantize(grid, "codes").Flatten().Linear("head", 3), isVector: true), StringComparison.Ordinal);
    }

    [Fact]
    public void AnImageWithAGridForEveryChannelInANetworkOfCodes()
    {
        var perChannel = new Grid(0, 255, [0.01f, 0.02f], [-1, -2]);
        var builder = new GraphBuilder("image").Input(new TensorShape(2, 4, 4), perChannel).Conv2d("first", 3, 3, padding: 1).Relu();
        Assert.EndsWith("put a quantizer with one grid behind the input", OnlyWarning(builder.Quantize(TwoBits).Conv2d("second", 3, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void ADepthwiseLayerInFrontOfAGridThatIsTooFine()
    {
        string warning = OnlyWarning(From(4).Quantize(TwoBits).Conv2d("depthwise", 4, 3, groups: 4).Quantize(Grid.Uniform(2, 1e-6f, 0)));
        Assert.StartsWith("depthwise: 2-bit weights 4x1x3x3 on 2-bit activations, then a 2-bit grid of step 1E-06: ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void RealActivationsByDesignGiveNone()
    {
        var perChannel = new Grid(0, 255, [0.01f, 0.02f], [-1, -2]);
        Assert.Empty(Check(new GraphBuilder("weights").Input(new TensorShape(2, 4, 4), perChannel).Conv2d("first", 3, 3).Relu().Conv2d("second", 3, 1)).Warnings);
        var edges = new GraphBuilder("edges").Input(new TensorShape(2, 4, 4), perChannel).Conv2d("first", 3, 3).Relu().Quantize(TwoBits).Conv2d("second", 3, 1).GlobalAveragePool().Flatten().Build(1);
        edges = edges.WithParameters([new("second.weight", Codes(edges, "second.weight"))]);
        Assert.Empty(IntegerSession.Create(edges).Warnings); // The first layer's weights are real too.
    }

    private static GraphBuilder From(int channels, int size = 4) => new GraphBuilder("fallback").Input(new TensorShape(channels, size, size), Image);

    private static string OnlyWarning(GraphBuilder builder, bool isVector = false)
    {
        var session = Check(builder, isVector);
        string warning = Assert.Single(session.Warnings);
        var layer = Assert.Single(session.Explain(), l => l.Warning is not null);
        Assert.Equal($"{layer.Node}: {layer.Warning}", warning);
        Assert.Contains(layer.Warning!, layer.ToString(), StringComparison.Ordinal);
        return warning;
    }

    /// <summary>Freezes the network to codes of 2 bits and compares a run with the oracle.</summary>
    private static IntegerSession Check(GraphBuilder builder, bool isVector = false)
    {
        var graph = (isVector ? builder : builder.GlobalAveragePool().Flatten()).Build(1);
        graph = graph.WithParameters(graph.Parameters.Keys.Where(k => k.EndsWith(".weight", StringComparison.Ordinal)).Select(k => KeyValuePair.Create(k, (GraphTensor)Codes(graph, k))));
        byte[] image = new byte[graph.InputShape.ElementCount];
        new Random(1).NextBytes(image);
        var session = IntegerSession.Create(graph);
        float[] actual = new float[graph.OutputShape.ElementCount];
        session.Run(image, actual);
        Assert.Equal(new ReferenceInterpreter(graph).Run(image).Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
        return session;
    }

    private static QuantizedTensor Codes(Graph graph, string name)
    {
        var (random, shape) = (new Random(2), graph.Parameters[name].Shape);
        return QuantizedTensor.FromCodes(shape, new Grid(-1, 2, [0.1f], [-0.05f]), [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(-1, 3))]);
    }
}
