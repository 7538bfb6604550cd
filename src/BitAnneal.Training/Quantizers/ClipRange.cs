namespace BitAnneal.Training.Quantizers;

/// <summary>The interval that a grid spans, in real units.</summary>
/// <param name="Min">Lowest level.</param>
/// <param name="Max">Highest level; equal to <paramref name="Min"/> for a constant tensor.</param>
public readonly record struct ClipRange(float Min, float Max)
{
    /// <summary>
    /// Δ of a threshold quantizer: values below −Δ go to the lowest level, values above Δ to the highest, the rest to the middle one. With two
    /// levels and Δ = 0 that is the sign, sign(0) = +1. NaN, the default: values go to the nearest level.
    /// </summary>
    public float DeadZone { get; init; } = float.NaN;

    /// <summary>A constant tensor: one level suffices.</summary>
    public bool IsConstant => !(Max > Min);

    /// <summary>Symmetric about zero.</summary>
    public static ClipRange Symmetric(double limit) => new(-(float)limit, (float)limit);

    /// <summary>The distance between neighbouring levels, Δ = (Max − Min)/(levels − 1); 1 for a constant tensor.</summary>
    public float Step(int levels)
    {
        float step = (float)(((double)Max - Min) / (levels - 1));
        return step > 0 ? step : 1;
    }
}
