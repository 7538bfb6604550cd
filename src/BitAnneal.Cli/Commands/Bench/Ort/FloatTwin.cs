using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;

namespace BitAnneal.Cli.Commands.Bench.Ort;

/// <summary>The float32 network of the same shapes: what a frozen network replaces.</summary>
internal static class FloatTwin
{
    /// <summary>The network without quantizers, with float weights and a float input. Batch normalisations are folded.</summary>
    public static Graph Create(Graph graph)
    {
        var origin = new Dictionary<string, string>(StringComparer.Ordinal);
        var nodes = new List<Node>();
        foreach (var node in graph.Nodes)
        {
            if (node.Operator is Quantize)
            {
                origin[node.Name] = origin.GetValueOrDefault(node.Inputs[0], node.Inputs[0]);
                continue;
            }

            nodes.Add(node with
            {
                Operator = node.Operator is Input input ? input with { Grid = null } : node.Operator,
                Inputs = [.. node.Inputs.Select(i => origin.GetValueOrDefault(i, i))],
            });
        }

        var floats = graph.Parameters.Select(p => KeyValuePair.Create(p.Key, (GraphTensor)new FloatTensor(p.Value.Shape, p.Value.ToFloats())));
        return RemoveDeadNodes.Apply(FoldBatchNorm.Apply(new Graph(graph.Name, nodes, floats)));
    }
}
