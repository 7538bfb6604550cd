namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The two levels of BWN, α·sign(w) with α = mean|w| and sign(0) = +1 (Rastegari et al., arXiv 1603.05279; quantizers.md, section 7). For weights.
/// </summary>
/// <param name="byChannel">One α per filter, as in the paper, instead of one for the tensor.</param>
public sealed class BinaryRange(bool byChannel = true) : QuantizerRange
{
    /// <inheritdoc/>
    public override ClipRange[] Observe(Observation values) =>
        [.. values.Moments(byChannel).Select(m => ClipRange.Symmetric(m.Mean) with { DeadZone = 0 })];
}
