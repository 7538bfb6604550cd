using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;

namespace BitAnneal.Runtime;

/// <summary>Reads values inside a network: a session of a network that ends in all of them, flattened and joined.</summary>
public sealed class ValueProbe
{
    private readonly IntegerSession session;
    private readonly int[] starts;
    private readonly float[] joined;

    /// <summary>Plans the session.</summary>
    /// <param name="graph">No node that the chosen ones depend on is an open <see cref="Quantize"/> node.</param>
    /// <param name="nodes">Names of the nodes, at least one.</param>
    /// <param name="options">How it runs.</param>
    /// <exception cref="BitAnnealException">The engine cannot run the network.</exception>
    public ValueProbe(Graph graph, IReadOnlyList<string> nodes, SessionOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(nodes.Count);
        List<Node> all = [.. graph.Nodes.Where(n => n.Operator is not Output)];
        string[] flat = [.. nodes.Select(n => $"{n}:probe")];
        all.AddRange(nodes.Zip(flat, (n, f) => new Node(f, new Flatten(), [n])));
        if (flat.Length > 1)
        {
            all.Add(new Node("probe:all", new Concat(), [.. flat]));
        }

        all.Add(new Node("probe:output", new Output(), [all[^1].Name]));
        session = IntegerSession.Create(RemoveDeadNodes.Apply(new Graph(graph.Name, all, graph.Parameters)), options);
        joined = new float[session.OutputShape.ElementCount];
        starts = new int[nodes.Count + 1];
        for (int i = 0; i < nodes.Count; i++)
        {
            starts[i + 1] = starts[i] + (int)graph.ShapeOf(nodes[i]).ElementCount;
        }
    }

    /// <summary>Runs the network on an image.</summary>
    /// <param name="image">As for <see cref="IntegerSession.Run(ReadOnlySpan{byte}, Span{float})"/>.</param>
    public void Run(ReadOnlySpan<byte> image) => session.Run(image, joined);

    /// <summary>Runs the network on a float input.</summary>
    /// <param name="input">As for <see cref="IntegerSession.Run(ReadOnlySpan{float}, Span{float})"/>.</param>
    public void Run(ReadOnlySpan<float> input) => session.Run(input, joined);

    /// <summary>The values of a node in the last run, row-major; codes as what they mean.</summary>
    /// <param name="index">Its place among the chosen nodes.</param>
    public ReadOnlySpan<float> Values(int index) => joined.AsSpan(starts[index]..starts[index + 1]);
}
