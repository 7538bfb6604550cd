namespace BitAnneal.Training.Quantizers;

/// <summary>One quantizer of a mixture on one channel, as the kernels see it for one pass: x̂ = Scale·code + Offset.</summary>
/// <param name="Scale">Distance between levels.</param>
/// <param name="Offset">Value of code 0.</param>
/// <param name="MinCode">Lowest code.</param>
/// <param name="MaxCode">Highest code; equal to the lowest for the identity (a float32 partner).</param>
/// <param name="Gradient">The derivative that stands in for that of the rounding. The identity clips its values to the interval as well.</param>
/// <param name="Rounding">Rounding rule.</param>
/// <param name="DeadZone">Δ of a threshold quantizer, NaN for one that rounds.</param>
/// <param name="IsNode">Whether a quantizer that stands alone counts in float64, as a Quantize node of the frozen network does.</param>
internal readonly record struct Partner(
    float Scale, float Offset, int MinCode, int MaxCode, StraightThrough Gradient, Rounding Rounding = Rounding.HalfToEven,
    float DeadZone = float.NaN, bool IsNode = false)
{
    /// <summary>Whether the partner is the identity.</summary>
    public bool IsFloat => MinCode == MaxCode;

    /// <summary>A float32 partner, clipped where the gradient is.</summary>
    public static Partner Float(StraightThrough gradient) => new(1, 0, 0, 0, gradient);
}
