using BitAnneal.Graphs;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Relaxations;

/// <summary>
/// The attention of DQA for one tensor: q = Qᵀa with a = softmax(α/T) (arXiv 2103.13322, eq. 2 to 4; dqa.md).
/// </summary>
/// <example>For widths 2, 4, 8 the soft attention starts at (6/7, 5/7, 3/7); at T = 1 without learning a = (0.602, 0.313, 0.085).</example>
public sealed class Attention : Relaxation
{
    /// <summary>Below this standard deviation α is left as it is (dqa.md, section 14).</summary>
    private const double SmallestDeviation = 1e-12;

    private readonly Tensor alpha;
    private readonly Attention? owner;
    private readonly AlphaNormalization normalization;
    private readonly bool biasedDeviation;

    /// <summary>Creates the relaxation with the initialisation of eq. 7.</summary>
    /// <param name="site">Name of the parameter or graph value that is quantized.</param>
    /// <param name="partners">Q₁ … Q_K in rising bit width.</param>
    /// <param name="device">Where α lives.</param>
    /// <param name="normalization">How α is divided by its deviation.</param>
    /// <param name="biasedDeviation">Divide by K instead of K − 1 in std(α).</param>
    /// <param name="owner">A tensor whose α is used here too (same number of partners); null for an α of its own.</param>
    public Attention(
        string site, IReadOnlyList<UniformQuantizer> partners, Device device,
        AlphaNormalization normalization = AlphaNormalization.Assignment, bool biasedDeviation = false, Attention? owner = null)
        : base(site, partners)
    {
        if (owner is not null && owner.Partners.Count != partners.Count)
        {
            throw new ArgumentException($"'{site}' mixes {partners.Count} quantizers and cannot share the attention of '{owner.Site}', which mixes {owner.Partners.Count}");
        }

        (this.owner, this.normalization, this.biasedDeviation) = (owner, normalization, biasedDeviation);
        float[] initial = [.. InitialAlpha([.. partners.Select(p => p.Bits)]).Select(v => (float)v)];
        alpha = owner?.alpha ?? TensorMemory.FromFloats(initial, new TensorShape(initial.Length), device).requires_grad_().DetachFromDisposeScope();
    }

    /// <summary>T(b), set before every step.</summary>
    public double Temperature { get; set; } = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Role, Tensor Value)> Parameters => owner is null ? [.. base.Parameters, ("alpha", alpha)] : base.Parameters;

    /// <summary>a of the last pass, connected to α; null before the first. Kept beyond the pass for the penalty.</summary>
    internal Tensor? LastAttention { get; private set; }

    /// <summary>α as numbers.</summary>
    public IReadOnlyList<double> Alpha => [.. TensorMemory.ToFloats(alpha).Select(v => (double)v)];

    /// <summary>Of two entries that are divided by their deviation only the sign is left: a₁ = 1/(1 + exp(−√2/T)) whatever is learned (dqa.md, section 14).</summary>
    public override bool IsScheduled => Partners.Count == 2;

    /// <inheritdoc/>
    public override IReadOnlyList<double> CurrentWeights =>
        Softmax(DividedByDeviation(Alpha, biasedDeviation), Temperature); // Dividing what was divided already changes nothing.

    /// <summary>(7) α_k(0) = Σ_{j≠k} n_j / Σ_j n_j.</summary>
    /// <param name="bits">n₁ … n_K.</param>
    public static IReadOnlyList<double> InitialAlpha(IReadOnlyList<int> bits)
    {
        double sum = bits.Sum();
        return [.. bits.Select(n => (sum - n) / sum)];
    }

    /// <summary>(4) a_k = exp(α_k/T) / Σ_j exp(α_j/T).</summary>
    public static IReadOnlyList<double> Softmax(IReadOnlyList<double> alpha, double temperature)
    {
        double largest = alpha.Max();
        double[] e = [.. alpha.Select(v => Math.Exp((v - largest) / temperature))];
        double sum = e.Sum();
        return [.. e.Select(v => v / sum)];
    }

    /// <summary>α / std(α), or α itself when all entries are equal.</summary>
    /// <param name="alpha">K values.</param>
    /// <param name="biased">Divide by K instead of K − 1.</param>
    public static IReadOnlyList<double> DividedByDeviation(IReadOnlyList<double> alpha, bool biased)
    {
        double std = Deviation(alpha, biased);
        return std < SmallestDeviation ? alpha : [.. alpha.Select(v => v / std)];
    }

    /// <summary>Algorithm 1: α ← α / std(α). The parameter itself is overwritten; the optimiser's momentum stays.</summary>
    public void Normalise()
    {
        if (owner is null && normalization == AlphaNormalization.Assignment)
        {
            float[] normalised = [.. DividedByDeviation(Alpha, biasedDeviation).Select(v => (float)v)];
            TensorMemory.CopyInto(alpha, normalised);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        LastAttention?.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override Tensor MixingWeights()
    {
        using var scope = NewDisposeScope();
        LastAttention?.Dispose();
        var value = normalization == AlphaNormalization.Assignment && alpha.device_type == DeviceType.CPU
            ? SoftmaxFunction.Apply(alpha, Temperature)
            : Normalised().Times(1 / Temperature).softmax(0);
        return LastAttention = value.DetachFromDisposeScope();
    }

    /// <summary>α as it enters the softmax, with the derivative of the division where that is part of the pass.</summary>
    private Tensor Normalised()
    {
        if (normalization == AlphaNormalization.Assignment || Deviation(Alpha, biasedDeviation) < SmallestDeviation)
        {
            return alpha;
        }

        var centred = alpha.Plus(alpha.mean(), -1);
        int degrees = biasedDeviation ? Partners.Count : Partners.Count - 1;
        return alpha.div(centred.mul(centred).sum().Times(1.0 / degrees).sqrt());
    }

    private static double Deviation(IReadOnlyList<double> alpha, bool biased)
    {
        double mean = alpha.Average();
        return Math.Sqrt(alpha.Sum(v => (v - mean) * (v - mean)) / (biased ? alpha.Count : alpha.Count - 1));
    }
}
