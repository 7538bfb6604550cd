using BitAnneal.Training.Quantizers;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods.Plain;

/// <summary>Low bits from the first step, with a straight-through estimator and no relaxation ("vanilla" in the DQA paper).</summary>
/// <param name="plan">Which tensors, and how wide.</param>
public sealed class PlainMethod(QuantizationPlan plan) : QuantizingMethod(plan)
{
    /// <inheritdoc/>
    public override string Name => "plain";

    /// <inheritdoc/>
    protected override Quantizer CreateQuantizer(QuantizationSite site, IReadOnlyList<UniformQuantizer> partners, Device device) => partners[0];
}
