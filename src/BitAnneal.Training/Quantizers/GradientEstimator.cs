namespace BitAnneal.Training.Quantizers;

/// <summary>The derivative that stands in for that of the rounding (straight-through estimators, quantizers.md, section 1.3).</summary>
public enum GradientEstimator
{
    /// <summary>1 everywhere.</summary>
    Identity,

    /// <summary>1 between the lowest and the highest level, 0 outside.</summary>
    Clipped,

    /// <summary>1 for |x| ≤ 1, 0 outside: the derivative of the hard tanh, for signs.</summary>
    UnitInterval,

    /// <summary>1/n + α·1[|x| ≤ 1] for a filter of n weights and scale α: the rule of BWN and XNOR-Net (quantizers.md, section 7.2).</summary>
    ScaledSign,
}
