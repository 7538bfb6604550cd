using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Planning;

/// <summary>A convolution and the nodes behind it that one step carries out: shortcut, rectifier, quantizers.</summary>
/// <param name="Layer">The convolution or linear layer.</param>
/// <param name="Shortcut">Name of the value that is added, or null.</param>
/// <param name="Rectifier">What follows.</param>
/// <param name="Last">Node of the chain whose value is real; the step runs in its place.</param>
/// <param name="Quantizers">Quantizers of that value.</param>
/// <param name="NeedsReals">Whether something else reads that value.</param>
internal sealed record FusedChain(Node Layer, string? Shortcut, Rectifier Rectifier, Node Last, ImmutableArray<Node> Quantizers, bool NeedsReals)
{
    /// <summary>The chains of a graph.</summary>
    /// <param name="graph">Frozen.</param>
    /// <param name="layers">The layers that may head a chain, the costliest first: it gets the addition where two meet.</param>
    public static IEnumerable<FusedChain> Find(Graph graph, IEnumerable<Node> layers)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            yield return Follow(graph, layer, taken);
        }
    }

    private static FusedChain Follow(Graph graph, Node layer, HashSet<string> taken)
    {
        var (last, rectifier, shortcut) = (layer, Rectifier.None, (string?)null);
        while (rectifier == Rectifier.None && graph.ConsumersOf(last.Name).ToArray() is [var next])
        {
            if (next.Operator is Add && shortcut is null && next.Inputs[0] != next.Inputs[1] && taken.Add(next.Name))
            {
                shortcut = next.Inputs[next.Inputs[0] == last.Name ? 1 : 0];
            }
            else if (next.Operator is Relu or Relu6)
            {
                rectifier = next.Operator is Relu ? Rectifier.Relu : Rectifier.Relu6;
            }
            else
            {
                break;
            }

            last = next;
        }

        var readers = graph.ConsumersOf(last.Name).ToArray();
        ImmutableArray<Node> quantizers = [.. readers.Where(r => r.Operator is Quantize { Grid.IsPerChannel: false })];
        return new FusedChain(layer, shortcut, rectifier, last, quantizers, quantizers.Length < readers.Length);
    }
}
