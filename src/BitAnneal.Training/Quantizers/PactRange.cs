using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The learned range [0, α] of PACT (Choi et al., arXiv 1805.06085; quantizers.md, section 6.1). For activations.</summary>
public sealed class PactRange : QuantizerRange
{
    /// <summary>α is kept at or above this floor.</summary>
    public const float SmallestClip = 1e-3f;

    private readonly Tensor clip;

    /// <summary>Creates the range.</summary>
    /// <param name="initialClip">α at the start, in units of the activation.</param>
    /// <param name="device">Where the parameter lives.</param>
    public PactRange(float initialClip = 10, Device? device = null)
    {
        clip = tensor(initialClip, device: device ?? CPU, requires_grad: true).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Role, Tensor Value)> Parameters => [("clip", clip)];

    /// <inheritdoc/>
    public override Tensor Limit(Tensor x)
    {
        if (TensorMemory.ToFloats(clip)[0] < SmallestClip)
        {
            TensorMemory.CopyInto(clip, [SmallestClip]);
        }

        return PactClip.apply(x, clip);
    }

    /// <inheritdoc/>
    public override ClipRange Observe(Tensor x, bool training, string site) => new(0, TensorMemory.ToFloats(clip)[0]);
}
