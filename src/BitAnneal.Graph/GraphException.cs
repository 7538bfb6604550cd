namespace BitAnneal.Graphs;

/// <summary>A graph that is not well formed; names the node and the reason.</summary>
public sealed class GraphException : BitAnnealException
{
    /// <summary>Creates the fault for one node.</summary>
    public GraphException(string node, string reason) : base($"node '{node}': {reason}") => Node = node;

    /// <summary>Name of the node at fault.</summary>
    public string Node { get; }
}
