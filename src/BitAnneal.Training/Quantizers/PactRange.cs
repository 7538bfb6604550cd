using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The learned range [0, α] of PACT (Choi et al., arXiv 1805.06085; quantizers.md, section 6.1). For activations.</summary>
public sealed class PactRange : QuantizerRange
{
    /// <summary>α is kept at or above this floor.</summary>
    public const float SmallestClip = 1e-3f;

    private readonly Tensor alpha;

    /// <summary>Creates the range.</summary>
    /// <param name="initialClip">α at the start, in units of the activation.</param>
    /// <param name="device">Where the parameter lives.</param>
    /// <param name="followsRounding">PACT+: α also gets the derivative of the rounded value.</param>
    public PactRange(float initialClip = 10, Device? device = null, bool followsRounding = false)
    {
        alpha = tensor(initialClip, device: device ?? CPU, requires_grad: true).DetachFromDisposeScope();
        Clip = new LearnedClip(alpha, followsRounding);
    }

    /// <inheritdoc/>
    public override LearnedClip Clip { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Role, Tensor Value)> Parameters => [("clip", alpha)];

    /// <inheritdoc/>
    public override bool HeedsRectifier => true;

    /// <inheritdoc/>
    public override bool IsKept => true;

    /// <inheritdoc/>
    public override ClipRange[] Observe(Observation values)
    {
        float value = TensorMemory.ToFloats(alpha)[0];
        if (!float.IsFinite(value))
        {
            throw MinMax.NotFinite($"{values.Site}/clip");
        }

        if (value < SmallestClip)
        {
            TensorMemory.CopyInto(alpha, [value = SmallestClip]);
        }

        return [new ClipRange(0, value)];
    }
}
