using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The smallest and the largest value of the tensor itself, per tensor (quantizers.md, section 3). For weights.</summary>
public sealed class MinMaxRange : QuantizerRange
{
    /// <inheritdoc/>
    public override ClipRange Observe(Tensor x, bool training, string site) => MinMax.Of(x, site);
}
