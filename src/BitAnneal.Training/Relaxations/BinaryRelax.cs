using BitAnneal.Training.Quantizers;
using static TorchSharp.torch;

namespace BitAnneal.Training.Relaxations;

/// <summary>
/// The baseline of the DQA paper: q = (ω·Q₁ + Q₂ + Q₃) / (ω + 2) (arXiv 2103.13322, eq. 8), after Yin et al., arXiv 1801.06313. With
/// two partners q = (ω·Q₁ + Q₂) / (ω + 1).
/// </summary>
/// <param name="site">Name of the parameter or graph value that is quantized.</param>
/// <param name="partners">Q₁ … Q_K in rising bit width; 32 bits is float.</param>
public sealed class BinaryRelax(string site, IReadOnlyList<UniformQuantizer> partners) : Relaxation(site, partners)
{
    /// <summary>ω, at least 1 and growing; infinite for Q₁ alone.</summary>
    public double Omega { get; set; } = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<double> CurrentWeights
    {
        get
        {
            double others = 1 / Omega, sum = 1 + others * (Partners.Count - 1); // Divided by ω: an infinite ω is allowed.
            return [1 / sum, .. Enumerable.Repeat(others / sum, Partners.Count - 1)];
        }
    }

    /// <inheritdoc/>
    protected override Tensor MixingWeights()
    {
        float[] weights = [.. CurrentWeights.Select(w => (float)w)];
        return tensor(weights);
    }
}
