namespace BitAnneal.Training.Quantizers;

/// <summary>The smallest and the largest value of the tensor, or of each output channel (quantizers.md, section 3). For weights.</summary>
/// <param name="byChannel">A range per channel instead of one for the tensor.</param>
public sealed class MinMaxRange(bool byChannel = false) : QuantizerRange
{
    /// <inheritdoc/>
    public override bool HeedsRectifier => !byChannel;

    /// <inheritdoc/>
    public override ClipRange[] Observe(Observation values) => values.MinMax(byChannel);
}
