using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>A function onto a grid, with its own backward, attached to one weight or activation.</summary>
/// <param name="site">Name of the parameter or graph value that is quantized.</param>
public abstract class Quantizer(string site) : IDisposable
{
    /// <summary>Name of the parameter or graph value that is quantized.</summary>
    public string Site { get; } = site;

    /// <summary>Whether <see cref="Apply"/> uses <see cref="Target"/> alone, as the frozen network does. Never set while training.</summary>
    public bool Collapsed { get; set; }

    /// <summary>The quantizer Q₁ that is left when the network is frozen.</summary>
    public abstract UniformQuantizer Target { get; }

    /// <summary>Learned parameters by role.</summary>
    public abstract IReadOnlyList<(string Role, Tensor Value)> Parameters { get; }

    /// <summary>The ranges in use, each once.</summary>
    public abstract IReadOnlyList<QuantizerRange> Ranges { get; }

    /// <summary>Quantizes.</summary>
    /// <param name="x">Latent weights or an activation, float32, any shape.</param>
    /// <param name="training">Whether range statistics follow this tensor.</param>
    /// <returns>A tensor of the same shape with a straight-through gradient to <paramref name="x"/>. One backward pass may follow; a second one gives NaN.</returns>
    public abstract Tensor Apply(Tensor x, bool training);

    /// <summary>Quantizes a value whose last steps, a sum or a rectifier, are carried out as well: that costs fewer passes over memory.</summary>
    /// <param name="input">The value.</param>
    /// <param name="training">Whether range statistics follow the value.</param>
    /// <returns>The quantized value, and the value itself where others read it, both with gradients to what it was computed from.</returns>
    public virtual (Tensor Quantized, Tensor? Value) ApplyFused(in QuantizerInput input, bool training)
    {
        var value = input.Compute();
        return (Apply(value, training), input.KeepsValue ? value : null);
    }

    /// <summary>Q₁ of a weight as codes on its grid. Dequantizing them gives Q₁ exactly.</summary>
    /// <param name="latent">Float weights.</param>
    public QuantizedTensor Freeze(Tensor latent) => Target.ToCodes(latent);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (var (_, value) in Parameters)
        {
            value.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}
