using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Training.Freezing;

/// <summary>A network of codes and grids, ready to be written.</summary>
/// <param name="Graph">The frozen graph; no quantized layer holds a float weight.</param>
/// <param name="Sites">The quantized tensors.</param>
public sealed record FrozenNetwork(Graph Graph, ImmutableArray<FrozenSite> Sites);
