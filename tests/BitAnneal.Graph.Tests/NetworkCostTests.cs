using BitAnneal.Graphs.Cost;

namespace BitAnneal.Graphs.Tests;

public class NetworkCostTests
{
    /// <summary>
    /// conv: 4×3×3 places, 2·3·3 taps each; fc: 5 · 36. The input has byte codes, the marker in front of fc 4-bit codes; conv has
    /// 2-bit weights with a grid for each of 4 channels, fc floats.
    /// </summary>
    [Fact]
    public void CostsAreThoseComputedByHand()
    {
        var cost = NetworkCost.Measure(Small());
        var (conv, fc) = (cost.Layers[0], cost.Layers[1]);
        Assert.Equal(["conv", "fc"], cost.Layers.Select(l => l.Name));
        Assert.Equal(["Conv2d", "Linear"], cost.Layers.Select(l => l.Operator));
        Assert.Equal(new TensorShape(4, 3, 3), conv.OutputShape);
        Assert.Equal((648, 180), (conv.MultiplyAccumulates, fc.MultiplyAccumulates));
        Assert.Equal((72, 180), (conv.WeightCount, fc.WeightCount));
        Assert.Equal((2, 8, 32, 4), (conv.WeightBits, conv.ActivationBits, fc.WeightBits, fc.ActivationBits));
        Assert.Equal((648 * 2 * 8, 180 * 32 * 4), (conv.BitOperations, fc.BitOperations));
        Assert.Equal(72 * 2 / 8 + 4 * (4 + 4) + 4 * 4, conv.ParameterBytes);
        Assert.Equal(180 * 4 + 5 * 4, fc.ParameterBytes);
        Assert.Equal(828, cost.MultiplyAccumulates);
        Assert.Equal(648 * 16 + 180 * 128, cost.BitOperations);
        Assert.Equal(66 + 740 + 4 * 4 * 4, cost.ParameterBytes);
        Assert.Equal(72 + 4 + 4 + 4 + 180 + 5, cost.TrainableParameters);
    }

    [Fact]
    public void AGroupReadsItsOwnChannelsOnly()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(8, 5, 7)).Conv2d("depthwise", 8, 3, padding: 1, groups: 8).Conv2d("two", 4, 1, groups: 2).Build(1);
        Assert.Equal([8 * 9 * 35L, 4 * 4 * 35L], NetworkCost.Measure(graph).Layers.Select(l => l.MultiplyAccumulates));
    }

    [Fact]
    public void FloatsAreThirtyTwoBitsWide()
    {
        var layer = Assert.Single(NetworkCost.Measure(new GraphBuilder("g").Input(new TensorShape(10)).Linear("fc", 3, bias: false).Build(1)).Layers);
        Assert.Equal(30L * 32 * 32, layer.BitOperations);
        Assert.Null(layer.WeightGrid);
        Assert.Null(layer.ActivationGrid);
    }

    [Fact]
    public void AGridReachesTheLayerThroughNodesThatOnlyMoveValues()
    {
        var grid = Grid.Uniform(3, 1, 0);
        var perChannel = new Grid(0, 7, [1f, 2f], [0f, 0f]);
        GraphBuilder Start(Grid g) => new GraphBuilder("g").Input(new TensorShape(2, 8, 8)).Quantize(g);
        Assert.Equal(3, ActivationBits(Start(grid).MaxPool(2).StridedSlice(2).Flatten().Linear("fc", 1)));
        Assert.Equal(3, ActivationBits(Start(perChannel).MaxPool(2).Conv2d("conv", 1, 1)));
        Assert.Equal(32, ActivationBits(Start(perChannel).Flatten().Linear("fc", 1)));
        Assert.Equal(32, ActivationBits(Start(grid).Relu().Conv2d("conv", 1, 1)));
        Assert.Equal(32, ActivationBits(Start(grid).AveragePool(2).Conv2d("conv", 1, 1)));
        Assert.Equal(32, ActivationBits(new GraphBuilder("g").Input(new TensorShape(2, 8, 8)).Quantize().Conv2d("conv", 1, 1)));
    }

    private static int ActivationBits(GraphBuilder builder) => Assert.Single(NetworkCost.Measure(builder.Build(1)).Layers).ActivationBits;

    private static Graph Small()
    {
        var graph = new GraphBuilder("small").Input(new TensorShape(2, 6, 6), Grid.Uniform(8, 1, 0))
            .Conv2d("conv", 4, 3, stride: 2, padding: 1, bias: true).BatchNorm("bn").Relu().Flatten().Quantize(Grid.Uniform(4, 1, 0)).Linear("fc", 5).Build(1);
        var grid = new Grid(0, 3, [1f, 2f, 3f, 4f], [0f, 0f, 0f, 0f]);
        return graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(new TensorShape(4, 2, 3, 3), grid, new int[72]))]);
    }
}
