using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Models.Tests;

public class ModelCatalogTests
{
    public static TheoryData<string> Names { get; } = new(ModelCatalog.Entries.Select(e => e.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSameSeedGivesTheSameWeightsAndAnotherSeedOthers(string name)
    {
        var graph = ModelCatalog.Create(name, 3);
        Assert.Null(graph.FirstDifference(ModelCatalog.Create(name, 3)));
        var other = ModelCatalog.Create(name, 4);
        Assert.All(
            graph.Nodes.Where(n => n.Operator is Conv2d or Linear).Select(n => n.Parameter("weight")),
            weight => Assert.False(graph.Parameters[weight].ContentEquals(other.Parameters[weight]), weight));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryNetworkTakesBytesAndGivesAScorePerClass(string name)
    {
        var graph = ModelCatalog.Create(name, classes: 7);
        Assert.Equal(name, graph.Name);
        Assert.NotNull(((Input)graph.Input.Operator).Grid);
        Assert.Equal(new TensorShape(7), graph.OutputShape);
    }

    [Fact]
    public void NoTwoWeightsOfANetworkAreAlike()
    {
        var weights = ModelCatalog.Create("resnet20").Parameters.Where(p => p.Value.Shape.Rank == 4).ToArray();
        Assert.Equal(weights.Length, weights.Select(w => w.Value.ToFloats()[0]).Distinct().Count());
    }

    [Theory]
    [InlineData("resnet2", "; did you mean 'resnet20'?")]
    [InlineData("ResNet56", "; did you mean 'resnet56'?")]
    [InlineData("lenet", "; did you mean 'lenet5'?")]
    [InlineData("vision-transformer", "")]
    public void AnUnknownNameSuggestsTheNearest(string name, string hint) => Assert.Equal(
        $"unknown model '{name}'{hint} (known: {string.Join(", ", ModelCatalog.Entries.Select(e => e.Name))})", Assert.Throws<BitAnnealException>(() => ModelCatalog.Create(name)).Message);
}
