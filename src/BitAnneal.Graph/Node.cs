using System.Collections.Immutable;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs;

/// <summary>One step of a network. The node's name is also the name of the value that it computes.</summary>
/// <param name="Name">Unique in the graph; letters, digits and <c>. _ - / :</c>.</param>
/// <param name="Operator">What is computed.</param>
/// <param name="Inputs">Names of the nodes whose values are read.</param>
public sealed record Node(string Name, Operator Operator, ImmutableArray<string> Inputs)
{
    /// <summary>Full name of one of the node's parameters.</summary>
    public string Parameter(string role) => $"{Name}.{role}";

    /// <inheritdoc/>
    public bool Equals(Node? other) =>
        other is not null && Name == other.Name && Operator == other.Operator && Inputs.AsSpan().SequenceEqual(other.Inputs.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Operator, Inputs.Length);
}
