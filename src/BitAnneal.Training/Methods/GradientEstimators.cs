using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Methods;

/// <summary>The gradient estimator that the specifications give to each kind of tensor.</summary>
internal static class GradientEstimators
{
    /// <summary>
    /// Identity for weights, whose range is their own; clipped for activations, which may leave a running range (quantizers.md, section 3.1).
    /// </summary>
    public static GradientEstimator For(QuantizationSite site) => site.Kind == SiteKind.Weight ? GradientEstimator.Identity : GradientEstimator.Clipped;
}
