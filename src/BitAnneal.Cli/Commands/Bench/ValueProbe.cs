using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>Reads values inside a network: one run of a network that ends in all of them, flattened and joined.</summary>
internal static class ValueProbe
{
    /// <summary>The values of some nodes for one image.</summary>
    /// <param name="graph">No node that the chosen ones depend on is an open Quantize node.</param>
    /// <param name="nodes">Names of the nodes.</param>
    /// <param name="image">The input.</param>
    /// <returns>Row-major values, in the order of the names.</returns>
    public static IReadOnlyList<float[]> Read(Graph graph, IReadOnlyList<string> nodes, BenchImage image)
    {
        List<Node> all = [.. graph.Nodes.Where(n => n.Operator is not Output)];
        string[] flat = [.. nodes.Select(n => $"{n}:probe")];
        all.AddRange(nodes.Zip(flat, (n, f) => new Node(f, new Flatten(), [n])));
        if (flat.Length > 1)
        {
            all.Add(new Node("probe:all", new Concat(), [.. flat]));
        }

        all.Add(new Node("probe:output", new Output(), [all[^1].Name]));
        var session = IntegerSession.Create(RemoveDeadNodes.Apply(new Graph(graph.Name, all, graph.Parameters)));
        float[] joined = new float[session.OutputShape.ElementCount];
        image.Run(session, joined);
        var values = new List<float[]>();
        int start = 0;
        foreach (string node in nodes)
        {
            int end = start + (int)graph.ShapeOf(node).ElementCount;
            values.Add(joined[start..end]);
            start = end;
        }

        return values;
    }
}
