using System.Collections.Immutable;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;

namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>A mixture that only the temperature moves: a = softmax(α/T) with an α that does not learn (Figure 2 of arXiv 2103.13322).</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Bits">n₁ … n_K; 32 is float.</param>
/// <param name="Alpha">α₁ … α_K, used as they are, without division by their deviation.</param>
public sealed record FixedMixture(string Name, ImmutableArray<int> Bits, ImmutableArray<double> Alpha)
{
    /// <summary>Two bits and float, α = (3/4, 1/4).</summary>
    public static FixedMixture BinaryRelax { get; } = new("Binary-Relax", [2, UniformQuantizer.FloatBits], [3.0 / 4, 1.0 / 4]);

    /// <summary>Two, four and eight bits, α = (4/7, 2/7, 1/7).</summary>
    public static FixedMixture Dqa { get; } = new("DQA", [2, 4, 8], [4.0 / 7, 2.0 / 7, 1.0 / 7]);

    /// <summary>The same with the α that the paper prints, (4/7, 2/4, 1/7), most likely a misprint.</summary>
    public static FixedMixture DqaAsPrinted { get; } = new("DQA as printed", [2, 4, 8], [4.0 / 7, 2.0 / 4, 1.0 / 7]);

    /// <summary>a at a temperature; the mean of all quantizers at infinity.</summary>
    public IReadOnlyList<double> AttentionAt(double temperature) => Attention.Softmax(Alpha, temperature);
}
