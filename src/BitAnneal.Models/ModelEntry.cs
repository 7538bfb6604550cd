using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>A known network.</summary>
/// <param name="Name">Short name, as on the command line.</param>
/// <param name="Description">One line.</param>
/// <param name="Classes">Number of classes when nothing else is asked for.</param>
/// <param name="Build">Builds it from the seed of its initial parameters and the number of classes.</param>
public sealed record ModelEntry(string Name, string Description, int Classes, Func<ulong, int, Graph> Build)
{
    /// <summary>The network with initial parameters.</summary>
    /// <param name="seed">Seed of the initial parameters.</param>
    /// <param name="classes">Number of classes; null for <see cref="Classes"/>.</param>
    public Graph Create(ulong seed = 0, int? classes = null) => Build(seed, classes ?? Classes);
}
