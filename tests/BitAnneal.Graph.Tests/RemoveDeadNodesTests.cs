using BitAnneal.Graphs.Passes;
using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class RemoveDeadNodesTests
{
    [Fact]
    public void NodesWithoutAWayToTheOutputGoWithTheirParameters()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(2, 4, 4)).Conv2d("dead", 3, 1).BatchNorm("dead_bn").From("input").Conv2d("alive", 2, 1).Build(1);
        var clean = RemoveDeadNodes.Apply(graph);
        Assert.Equal(["input", "alive", "output"], clean.Nodes.Select(n => n.Name));
        Assert.Equal(["alive.weight"], clean.Parameters.Keys);
    }

    [Fact]
    public void AnUnreadInputStays()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(2)).Relu("relu").Build(1);
        Assert.Null(graph.FirstDifference(RemoveDeadNodes.Apply(graph)));
    }

    [Fact]
    public void ANetworkWithoutDeadNodesStaysAsItIs()
    {
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var clean = RemoveDeadNodes.Apply(RandomGraphs.Create(seed));
            Assert.Null(clean.FirstDifference(RemoveDeadNodes.Apply(clean)));
            Assert.All(clean.Nodes.Where(n => n != clean.Output), n => Assert.NotEmpty(clean.ConsumersOf(n.Name)));
        }
    }
}
