using System.Collections.Immutable;
using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Methods;

/// <summary>A tensor that a plan quantizes.</summary>
/// <param name="Name">Name of the parameter, or of the <c>Quantize</c> node.</param>
/// <param name="Kind">Weight or activation.</param>
/// <param name="ElementCount">Number of entries; per image for an activation.</param>
/// <param name="Quantizers">Q₁ … Q_K.</param>
/// <param name="Input">For a weight: the quantized activation that its layer reads; null where that is real.</param>
public sealed record QuantizationSite(string Name, SiteKind Kind, long ElementCount, ImmutableArray<QuantizerSpec> Quantizers, string? Input = null);
