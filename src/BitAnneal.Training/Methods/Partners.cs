using System.Collections.Immutable;
using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Methods;

/// <summary>The quantizers that a relaxation mixes.</summary>
internal static class Partners
{
    /// <summary>One min-max quantizer per width over one shared range.</summary>
    /// <param name="site">The tensor.</param>
    /// <param name="range">The shared range.</param>
    /// <param name="widths">n₁ … n_K; empty for the default of the target width. Only sites whose target is n₁ are mixed so.</param>
    public static IReadOnlyList<UniformQuantizer> Create(QuantizationSite site, QuantizerRange range, ImmutableArray<int> widths)
    {
        var used = widths.IsDefaultOrEmpty || widths[0] != site.Bits ? QuantizationPlan.MixtureWidths(site.Bits) : widths;
        return [.. used.Select(bits => new UniformQuantizer(site.Name, range, bits, estimator: GradientEstimators.For(site)))];
    }
}
