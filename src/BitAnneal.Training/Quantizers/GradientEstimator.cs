namespace BitAnneal.Training.Quantizers;

/// <summary>The derivative that stands in for that of the rounding (straight-through estimators, quantizers.md, section 1.3).</summary>
public enum GradientEstimator
{
    /// <summary>1 everywhere.</summary>
    Identity,

    /// <summary>1 between the lowest and the highest level, 0 outside.</summary>
    Clipped,
}
