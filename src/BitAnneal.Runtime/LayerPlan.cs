namespace BitAnneal.Runtime;

/// <summary>How one step of a network is carried out.</summary>
/// <param name="Node">Node of the graph.</param>
/// <param name="Implementation">What runs.</param>
/// <param name="WeightBytes">Bytes of weights held, packed.</param>
/// <param name="Warning">
/// Set where no kernel is made for what the layer is, so that it runs in a general and slow way: what it is, why, and what would help. The result is the same.
/// </param>
public sealed record LayerPlan(string Node, string Implementation, long WeightBytes, string? Warning = null);
