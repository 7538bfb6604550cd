namespace BitAnneal.Training.Quantizers;

/// <summary>
/// Batch minimum and maximum while training, their exponential moving average in evaluation (quantizers.md, section 3.1). For activations.
/// </summary>
/// <param name="momentum">Share of the newest batch in the average, in (0, 1].</param>
public sealed class RunningMinMaxRange(double momentum = 0.05) : QuantizerRange
{
    private double min = double.NaN, max = double.NaN;

    /// <inheritdoc/>
    public override float[] State
    {
        get => [(float)min, (float)max];
        set => (min, max) = (value[0], value[1]);
    }

    /// <inheritdoc/>
    public override bool HeedsRectifier => true;

    /// <inheritdoc/>
    public override bool IsKept => true;

    /// <inheritdoc/>
    public override ClipRange[] Observe(Observation values)
    {
        if (!values.Training && !double.IsNaN(min))
        {
            return [new ClipRange((float)min, (float)max)];
        }

        var batch = values.MinMax(byChannel: false);
        if (values.Training)
        {
            // Kept as float32, so that a restored run continues with the same bits.
            bool first = double.IsNaN(min);
            min = first ? batch[0].Min : (float)(min + momentum * (batch[0].Min - min));
            max = first ? batch[0].Max : (float)(max + momentum * (batch[0].Max - max));
        }

        return batch;
    }
}
