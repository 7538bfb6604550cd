namespace BitAnneal.Training.Quantizers;

/// <summary>
/// Statistics-aware weight binning: [−α, α] with α = c₁·rms(w) − c₂·mean|w| (Choi et al., arXiv 1807.06964; quantizers.md, section 5). For weights.
/// </summary>
/// <example>Four levels on (−1, −0.5, 0.5, 1): mean 0.75, rms 0.790569, α = 0.918577.</example>
/// <param name="levels">Number of levels: the coefficients depend on it.</param>
/// <param name="byChannel">A range per output channel instead of one for the tensor.</param>
public sealed class SawbRange(int levels, bool byChannel = false) : QuantizerRange
{
    private readonly (double C1, double C2) coefficients = Coefficients(levels);

    /// <summary>c₁ and c₂ as published by the authors' group where they are, ours (<see cref="SawbFit"/>) elsewhere.</summary>
    /// <param name="levels">Number of levels.</param>
    public static (double C1, double C2) Coefficients(int levels) => levels switch
    {
        3 => (2.6, 1.71),
        4 => (3.12, 2.064),
        8 => (7.509, 6.892),
        15 => (12.035, 12.03),
        16 => (12.68, 12.80),
        32 => (17.74, 18.64),
        127 => (28.24, 30.81),
        255 or 256 => (31.76, 35.04),
        _ => SawbFit.Coefficients(levels),
    };

    /// <inheritdoc/>
    public override ClipRange[] Observe(Observation values) => [.. values.Moments(byChannel).Select(m => ClipRange.Symmetric(Alpha(m)))];

    /// <summary>
    /// α. Never below mean|w|, which the best clip value never is: near-binary weights drive the formula to nothing or below, and max|w| takes over.
    /// </summary>
    public double Alpha(AbsoluteMoments moments)
    {
        double alpha = coefficients.C1 * moments.RootMeanSquare - coefficients.C2 * moments.Mean;
        return alpha < moments.Mean ? moments.Largest : alpha;
    }
}
