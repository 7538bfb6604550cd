namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The three levels of TWN: −α, 0, α with Δ = t·mean|w| and α = mean of |w| over |w| &gt; Δ (Li et al., arXiv 1605.04711; quantizers.md, section 8).
/// For weights.
/// </summary>
/// <example>w = (0.43, −0.2, 0.9, −0.87), t = 0.75: Δ = 0.45, codes 0 0 1 −1, α = 0.885.</example>
/// <param name="factor">t: 0.75 in version 3 of the paper, 0.7 in version 1 and in the authors' code.</param>
/// <param name="byChannel">Δ and α per filter, as in the paper's algorithm, instead of one pair for the tensor.</param>
public sealed class TernaryRange(double factor = 0.75, bool byChannel = true) : QuantizerRange
{
    /// <inheritdoc/>
    public override ClipRange[] Observe(Observation values)
    {
        double[] delta = [.. values.Moments(byChannel).Select(m => (double)(float)(factor * m.Mean))];
        return [.. values.MeanAbove(delta).Zip(delta, (alpha, d) => ClipRange.Symmetric(alpha) with { DeadZone = (float)d })];
    }
}
