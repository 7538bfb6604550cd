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

    /// <summary>A differentiable limiter in front of the rounding. The default lets everything through.</summary>
    public virtual Tensor Limit(Tensor x) => x;

    /// <summary>The range for this pass.</summary>
    /// <param name="x">The values about to be quantized, float32, any shape.</param>
    /// <param name="training">Whether statistics may be updated.</param>
    /// <param name="site">Name of the tensor, for messages.</param>
    /// <exception cref="Graphs.BitAnnealException">The tensor holds NaN or infinity.</exception>
    public abstract ClipRange Observe(Tensor x, bool training, string site);

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
