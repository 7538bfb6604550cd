using BitAnneal.Graphs;

namespace BitAnneal.Models;

/// <summary>A known network.</summary>
/// <param name="Name">Short name, as on the command line.</param>
/// <param name="Description">One line.</param>
/// <param name="Create">Builds it from the seed of its initial parameters.</param>
public sealed record ModelEntry(string Name, string Description, Func<ulong, Graph> Create);
