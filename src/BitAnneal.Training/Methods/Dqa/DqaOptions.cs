using System.Collections.Immutable;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Schedules;

namespace BitAnneal.Training.Methods.Dqa;

/// <summary>Constants of DQA; the defaults are the paper's (dqa.md, section 5) unless marked.</summary>
public sealed record DqaOptions
{
    /// <summary>λ, strength of the penalty. The paper uses 0.5 to 30; 5 for min-max on CIFAR-10.</summary>
    public double Lambda { get; init; } = 5;

    /// <summary>T(b): from 100 to 0.03.</summary>
    public Schedule Temperature { get; init; } = new ExponentialSchedule(100, 0.03);

    /// <summary>Weighting of the penalty over the tensors (reconstructed: the printed form does not work).</summary>
    public PenaltyNormalizer Normalizer { get; init; } = PenaltyNormalizer.PerLayerMean;

    /// <summary>g: cost of attention on Q₁ … Q_K, rising. For K other than 3 the powers 4ᵏ⁻¹ are continued.</summary>
    public ImmutableArray<double> Penalty { get; init; } = [1, 4, 16];

    /// <summary>How α is divided by its deviation.</summary>
    public AlphaNormalization Normalization { get; init; } = AlphaNormalization.Assignment;

    /// <summary>One α for the weight of a layer and for its input, where both mix equally many quantizers. The paper leaves it open; default: two.</summary>
    public bool SharedAttention { get; init; }

    /// <summary>Divide by K instead of K − 1 in std(α).</summary>
    public bool BiasedDeviation { get; init; }

    /// <summary>g for K quantizers.</summary>
    public IReadOnlyList<double> PenaltyOf(int quantizers) =>
        quantizers == Penalty.Length ? Penalty : [.. Enumerable.Range(0, quantizers).Select(k => Math.Pow(4, k))];
}
