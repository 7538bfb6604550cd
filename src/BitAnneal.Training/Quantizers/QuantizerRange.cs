using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>Where a grid lies: the part of a quantizer that looks at the values, or is learned.</summary>
public abstract class QuantizerRange : IDisposable
{
    /// <summary>Learned parameters by role; empty for ranges that are statistics.</summary>
    public virtual IReadOnlyList<(string Role, Tensor Value)> Parameters => [];

    /// <summary>What must be kept besides the parameters to go on after a restart; empty for ranges without memory.</summary>
    public virtual float[] State
    {
        get => [];
        set { }
    }

    /// <summary>A learned upper end of the range; values are clipped to it from above and to zero from below. Null: nothing is learned.</summary>
    public virtual LearnedClip? Clip => null;

    /// <summary>
    /// Whether it starts at 0 or above where no value is negative, and asks an <see cref="Observation"/> for nothing but the range of the tensor: a rectifier in
    /// front then needs no pass of its own.
    /// </summary>
    public virtual bool HeedsRectifier => false;

    /// <summary>Whether evaluation takes the range that training left, as the Quantize node of a frozen network does: true for activations.</summary>
    public virtual bool IsKept => false;

    /// <summary>The range for this pass: one entry, or one per channel (dimension 0). Called once per pass.</summary>
    /// <param name="values">The values about to be quantized.</param>
    /// <exception cref="Graphs.BitAnnealException">The tensor holds NaN or infinity.</exception>
    public abstract ClipRange[] Observe(Observation values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, value) in Parameters)
        {
            value.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}
