using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;

namespace BitAnneal.Graphs.Tests;

public class SpanInputGridTests
{
    [Fact]
    public void OneGridHoldsWhatTheBytesOfAllChannelsMean()
    {
        var pixels = new Grid(0, 255, [0.01f, 0.02f], [-1, -2]);
        var graph = SpanInputGrid.Apply(Marked(pixels));
        var grid = ((Quantize)graph["first"].Operator).Grid!;
        Assert.Equal((0, 255, -2f), (grid.MinCode, grid.MaxCode, grid.Dequantize(0)));
        Assert.Equal(255 * 0.02 - 2, grid.Dequantize(255), 1e-5);
        Assert.Null(((Quantize)graph["second"].Operator).Grid);
    }

    [Fact]
    public void AFloatInputStaysAsItIs()
    {
        var graph = Marked(null);
        Assert.Null(graph.FirstDifference(SpanInputGrid.Apply(graph)));
    }

    private static Graph Marked(Grid? pixels) => new GraphBuilder("g").Input(new TensorShape(2, 4, 4), pixels).Quantize(null, "first").Relu().Quantize(null, "second").Build(1);
}
