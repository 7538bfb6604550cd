using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Tests;

public class GraphBuilderTests
{
    [Fact]
    public void ABranchStartsWhereFromSays()
    {
        var graph = new GraphBuilder("branch").Input(new TensorShape(2, 4, 4)).Conv2d("left", 2, 1).From("input").Conv2d("right", 2, 3, padding: 1)
            .Add("left").Concat(["input", "left"]).GlobalAveragePool().Flatten().Linear("fc", 3).Build(1);
        Assert.Equal(["right", "left"], graph["add1"].Inputs.AsEnumerable());
        Assert.Equal(["add1", "input", "left"], graph["concat1"].Inputs.AsEnumerable());
        Assert.Equal(new TensorShape(6, 4, 4), graph.ShapeOf("concat1"));
        Assert.Equal(["fc"], graph.Output.Inputs.AsEnumerable());
        Assert.Equal(new TensorShape(3), graph.OutputShape);
    }

    [Fact]
    public void NamelessNodesAreNumbered()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(1, 8, 8)).Relu().Relu().Relu6().MaxPool(2).AveragePool(2).Quantize().Pad(new Pad()).StridedSlice(1).Build(1);
        Assert.Equal(["input", "relu1", "relu2", "relu61", "maxpool1", "avgpool1", "quantize1", "pad1", "slice1", "output"], graph.Nodes.Select(n => n.Name));
    }

    [Fact]
    public void PoolingsStrideByTheirKernelUnlessTold()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(1, 9, 9)).MaxPool(3).Build(1);
        Assert.Equal(new TensorShape(1, 3, 3), graph.OutputShape);
        graph = new GraphBuilder("g").Input(new TensorShape(1, 9, 9)).AveragePool(3, 2).Build(1);
        Assert.Equal(new TensorShape(1, 4, 4), graph.OutputShape);
    }

    [Fact]
    public void FaultsAreThoseOfTheGraph()
    {
        Assert.Equal("b", Assert.Throws<GraphException>(() => new GraphBuilder("g").Input(new TensorShape(1)).From("lost").Relu("b").Build(1)).Node);
        Assert.Equal("fc", Assert.Throws<GraphException>(() => new GraphBuilder("g").Input(new TensorShape(1, 2, 2)).Linear("fc", 1).Build(1)).Node);
        Assert.Equal("r", Assert.Throws<GraphException>(() => new GraphBuilder("g").Input(new TensorShape(1)).Relu("r").Relu("r").Build(1)).Node);
        Assert.Throws<GraphException>(() => new GraphBuilder("g").Build(1));
        Assert.Throws<GraphException>(() => new GraphBuilder("g").Input(new TensorShape(1)).Linear("fc", 1).Build([]));
    }

    [Fact]
    public void TheSeedAloneDecidesTheParameters()
    {
        Assert.Null(Tiny(5).FirstDifference(Tiny(5)));
        Assert.Equal("parameter 'fc.weight'", Tiny(5).FirstDifference(Tiny(6)));
    }

    [Fact]
    public void AnotherLayerLeavesTheParametersOfTheFirstAlone()
    {
        var longer = new GraphBuilder("tiny").Input(new TensorShape(100)).Linear("first", 100).Linear("fc", 50).Build(5);
        var shorter = new GraphBuilder("tiny").Input(new TensorShape(100)).Linear("fc", 50).Build(5);
        Assert.True(shorter.Parameters["fc.weight"].ContentEquals(longer.Parameters["fc.weight"]));
    }

    [Fact]
    public void WeightsAreDrawnAsHeAndOthersSay()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(8, 4, 4)).Conv2d("conv", 256, 3, bias: true).BatchNorm("bn").Build(3);
        float[] weights = graph.Parameters["conv.weight"].ToFloats();
        double mean = weights.Average(), deviation = Math.Sqrt(weights.Average(w => (w - mean) * (w - mean)));
        Assert.InRange(deviation, 0.97 * Math.Sqrt(2.0 / 72), 1.03 * Math.Sqrt(2.0 / 72));
        Assert.InRange(mean, -0.005, 0.005);
        Assert.All(graph.Parameters["conv.bias"].ToFloats().Concat(graph.Parameters["bn.bias"].ToFloats()).Concat(graph.Parameters["bn.running_mean"].ToFloats()), v => Assert.Equal(0, v));
        Assert.All(graph.Parameters["bn.weight"].ToFloats().Concat(graph.Parameters["bn.running_var"].ToFloats()), v => Assert.Equal(1, v));
    }

    private static Graph Tiny(ulong seed) => new GraphBuilder("tiny").Input(new TensorShape(4)).Linear("fc", 2).Build(seed);
}
