namespace BitAnneal.Runtime;

/// <summary>How one step of a network is carried out.</summary>
/// <param name="Node">Node of the graph.</param>
/// <param name="Implementation">What runs.</param>
/// <param name="WeightBytes">Bytes of weights held, packed.</param>
public sealed record LayerPlan(string Node, string Implementation, long WeightBytes);
