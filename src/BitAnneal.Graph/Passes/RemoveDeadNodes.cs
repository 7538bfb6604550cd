namespace BitAnneal.Graphs.Passes;

/// <summary>Removes nodes that do not reach the output, and parameters that no node uses.</summary>
public static class RemoveDeadNodes
{
    /// <summary>The graph without them. The input stays.</summary>
    public static Graph Apply(Graph graph)
    {
        var alive = new HashSet<string>(StringComparer.Ordinal) { graph.Output.Name, graph.Input.Name };
        foreach (var node in graph.Nodes.Reverse().Where(n => alive.Contains(n.Name)))
        {
            alive.UnionWith(node.Inputs);
        }

        return WithUsedParameters(graph.Name, graph.Nodes.Where(n => alive.Contains(n.Name)), graph);
    }

    /// <summary>A graph of some nodes of another, with the parameters that those nodes use.</summary>
    internal static Graph WithUsedParameters(string name, IEnumerable<Node> nodes, Graph source)
    {
        Node[] kept = [.. nodes];
        var used = kept.SelectMany(n => source.ParametersOf(source[n.Name]).Select(s => n.Parameter(s.Role))).ToHashSet(StringComparer.Ordinal);
        return new Graph(name, kept, source.Parameters.Where(p => used.Contains(p.Key)));
    }
}
