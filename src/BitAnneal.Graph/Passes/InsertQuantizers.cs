using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Passes;

/// <summary>Marks the places where activations are quantized: in front of layers, so that a residual stream stays real.</summary>
public static class InsertQuantizers
{
    /// <summary>Name of the first marker behind a value; further ones count: <c>relu1.quantize</c>, <c>relu1.quantize2</c>.</summary>
    public static string MarkerOf(string value) => value + ".quantize";

    /// <summary>Puts a <see cref="Quantize"/> node without a grid in front of every chosen layer.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="isQuantized">Chooses nodes; only their first input is marked. Nodes that read one value share its marker.</param>
    public static Graph Apply(Graph graph, Func<Node, bool> isQuantized) => Apply(graph, node => isQuantized(node) ? "" : null);

    /// <summary>As above, for layers that quantize one value in different ways.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="kindOf">How a node quantizes its first input, null for not at all. Nodes that read one value in the same way share its marker.</param>
    public static Graph Apply(Graph graph, Func<Node, string?> kindOf)
    {
        var nodes = new List<Node>(graph.Nodes.Length);
        var markers = new Dictionary<(string Value, string Kind), string>();
        foreach (var node in graph.Nodes)
        {
            if (kindOf(node) is not { } kind)
            {
                nodes.Add(node);
                continue;
            }

            string value = node.Inputs[0];
            if (!markers.TryGetValue((value, kind), out string? marker))
            {
                int others = markers.Keys.Count(k => k.Value == value);
                marker = MarkerOf(value) + (others == 0 ? "" : $"{others + 1}");
                markers.Add((value, kind), marker);
                nodes.Add(new Node(marker, new Quantize(), [value]));
            }

            nodes.Add(node with { Inputs = [marker, .. node.Inputs.Skip(1)] });
        }

        return new Graph(graph.Name, nodes, graph.Parameters);
    }
}
