using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;

namespace BitAnneal.Graphs.Tests;

public class InsertQuantizersTests
{
    private static readonly Graph Residual = new GraphBuilder("g").Input(new TensorShape(2, 4, 4)).Relu("stem").Conv2d("main", 2, 1).From("stem").Conv2d("side", 2, 1)
        .Add("main", "sum").Add("stem", "again").Flatten().Linear("fc", 3).Build(1);

    [Fact]
    public void LayersThatReadOneValueShareItsMarker()
    {
        var marked = InsertQuantizers.Apply(Residual, n => n.Operator is Conv2d);
        Assert.Equal(
            ["input", "stem", "stem.quantize", "main", "side", "sum", "again", "flatten1", "fc", "output"], marked.Nodes.Select(n => n.Name));
        Assert.Equal(["stem.quantize"], marked["main"].Inputs.AsEnumerable());
        Assert.Equal(["stem.quantize"], marked["side"].Inputs.AsEnumerable());
        Assert.Equal(new Quantize(), marked["stem.quantize"].Operator);
    }

    [Fact]
    public void TheResidualStreamStaysReal()
    {
        var marked = InsertQuantizers.Apply(Residual, n => n.Operator is Conv2d or Linear);
        Assert.Equal(["sum", "stem"], marked["again"].Inputs.AsEnumerable());
        Assert.Equal(["flatten1.quantize"], marked["fc"].Inputs.AsEnumerable());
    }

    [Fact]
    public void OnlyTheFirstInputIsMarked() =>
        Assert.Equal(["side.quantize", "main"], InsertQuantizers.Apply(Residual, n => n.Name == "sum")["sum"].Inputs.AsEnumerable());

    [Fact]
    public void NothingChosenChangesNothing() => Assert.Null(Residual.FirstDifference(InsertQuantizers.Apply(Residual, _ => false)));

    [Fact]
    public void ParametersAndShapesStay()
    {
        var marked = InsertQuantizers.Apply(Residual, n => n.Operator is Conv2d or Linear);
        Assert.Equal(Residual.Parameters.Keys.Order(), marked.Parameters.Keys.Order());
        Assert.All(Residual.Nodes, n => Assert.Equal(Residual.ShapeOf(n.Name), marked.ShapeOf(n.Name)));
    }
}
