using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Passes;

/// <summary>Marks the places where activations are quantized: in front of layers, so that a residual stream stays real.</summary>
public static class InsertQuantizers
{
    /// <summary>Name of the marker behind a value.</summary>
    public static string MarkerOf(string value) => value + ".quantize";

    /// <summary>Puts a <see cref="Quantize"/> node without a grid in front of every chosen layer. Layers that read one value share it.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="isQuantized">Chooses nodes; only their first input is marked.</param>
    public static Graph Apply(Graph graph, Func<Node, bool> isQuantized)
    {
        var nodes = new List<Node>(graph.Nodes.Length);
        var marked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            if (!isQuantized(node))
            {
                nodes.Add(node);
                continue;
            }

            string value = node.Inputs[0];
            if (marked.Add(value))
            {
                nodes.Add(new Node(MarkerOf(value), new Quantize(), [value]));
            }

            nodes.Add(node with { Inputs = [MarkerOf(value), .. node.Inputs.Skip(1)] });
        }

        return new Graph(graph.Name, nodes, graph.Parameters);
    }
}
