using System.Collections.Immutable;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Cost;

/// <summary>What a network costs for one image.</summary>
/// <param name="Layers">Convolutions and linear layers in order.</param>
/// <param name="ParameterBytes">Bytes of all parameters, of other nodes too.</param>
/// <param name="TrainableParameters">Number of parameters without running statistics.</param>
public sealed record NetworkCost(ImmutableArray<LayerCost> Layers, long ParameterBytes, long TrainableParameters)
{
    private const int FloatBits = 32;

    /// <summary>Multiply-accumulate operations of all layers.</summary>
    public long MultiplyAccumulates => Layers.Sum(l => l.MultiplyAccumulates);

    /// <summary>Bit operations of all layers.</summary>
    public long BitOperations => Layers.Sum(l => l.BitOperations);

    /// <summary>Counts.</summary>
    /// <param name="graph">Float or frozen.</param>
    public static NetworkCost Measure(Graph graph) => new(
        [.. graph.Nodes.Where(n => n.Operator is Conv2d or Linear).Select(n => Measure(graph, n))],
        graph.Parameters.Values.Sum(p => p.ByteCount),
        graph.Nodes.SelectMany(graph.ParametersOf).Where(s => s.Kind is not (ParameterKind.RunningMean or ParameterKind.RunningVariance)).Sum(s => s.Shape.ElementCount));

    private static LayerCost Measure(Graph graph, Node node)
    {
        var weight = graph.Parameters[node.Parameter("weight")];
        var output = graph.ShapeOf(node.Name);
        var weightGrid = (weight as QuantizedTensor)?.Grid;
        var activationGrid = graph.GridOf(node.Inputs[0]);
        long places = node.Operator is Conv2d ? (long)output[1] * output[2] : 1;
        return new LayerCost(
            node.Name, node.Operator.GetType().Name, output, places * weight.Shape.ElementCount, weight.Shape.ElementCount,
            weightGrid?.Bits ?? FloatBits, activationGrid?.Bits ?? FloatBits,
            graph.ParametersOf(node).Sum(s => graph.Parameters[node.Parameter(s.Role)].ByteCount), weightGrid, activationGrid);
    }
}
