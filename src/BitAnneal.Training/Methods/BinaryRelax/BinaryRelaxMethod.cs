using BitAnneal.Training.Quantizers;
using static TorchSharp.torch;
using Relaxed = BitAnneal.Training.Relaxations.BinaryRelax;

namespace BitAnneal.Training.Methods.BinaryRelax;

/// <summary>The Binary-Relax baseline of the DQA paper (arXiv 2103.13322, eq. 8; dqa.md, section 10.2).</summary>
/// <param name="plan">Which tensors, and how wide.</param>
/// <param name="options">Growth of ω.</param>
public sealed class BinaryRelaxMethod(QuantizationPlan plan, BinaryRelaxOptions? options = null) : QuantizingMethod(plan)
{
    private readonly BinaryRelaxOptions options = options ?? new BinaryRelaxOptions();
    private readonly List<Relaxed> relaxations = [];

    /// <inheritdoc/>
    public override string Name => "binary-relax";

    /// <inheritdoc/>
    public override string Fingerprint => $"{base.Fingerprint} {options}";

    /// <summary>ω during an epoch: growth^epoch, starting at 1 (or at growth); infinite in phase II, where Q₁ stands alone.</summary>
    /// <param name="epoch">0 for the first epoch.</param>
    /// <param name="epochs">Length of the training.</param>
    public double Omega(int epoch, int epochs) => options.HardFrom < 1 && epoch >= options.HardEpoch(epochs)
        ? double.PositiveInfinity
        : Math.Pow(options.GrowthFor(epochs), options.GrowsFirst ? epoch + 1 : epoch);

    /// <inheritdoc/>
    public override void BeforeStep(StepPosition position) => SetOmega(Omega(position.Epoch, position.Epochs));

    /// <summary>ω is multiplied after every epoch, the last one included; the original multiplies before.</summary>
    public override void Finish(StepPosition last) => SetOmega(Omega(options.GrowsFirst ? last.Epochs - 1 : last.Epochs, last.Epochs));

    /// <inheritdoc/>
    protected override void Begin() => relaxations.Clear();

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Metrics() =>
        relaxations.Count == 0 ? [] : [KeyValuePair.Create("omega", relaxations[0].Omega)];

    /// <inheritdoc/>
    protected override Quantizer CreateQuantizer(QuantizationSite site, IReadOnlyList<UniformQuantizer> partners, Device device)
    {
        if (partners.Count == 1)
        {
            return partners[0];
        }

        var relaxation = new Relaxed(site.Name, partners);
        relaxations.Add(relaxation);
        return relaxation;
    }

    private void SetOmega(double omega)
    {
        foreach (var relaxation in relaxations)
        {
            relaxation.Omega = omega;
        }
    }
}
