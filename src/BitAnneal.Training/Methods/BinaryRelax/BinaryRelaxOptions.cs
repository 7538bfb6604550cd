namespace BitAnneal.Training.Methods.BinaryRelax;

/// <summary>Constants of Binary-Relax; the defaults are those of the DQA paper (dqa.md, section 10.2).</summary>
public sealed record BinaryRelaxOptions
{
    /// <summary>ω at the end of the published training: 1.02³⁰⁰ = 380.23 for the DQA paper.</summary>
    public double FinalOmega { get; init; } = Math.Pow(1.02, 300);

    /// <summary>Factor on ω per epoch; null: the one by which a training of any length ends on <see cref="FinalOmega"/>.</summary>
    public double? Growth { get; init; }

    /// <summary>Share of the epochs after which Q₁ alone is used (phase II of the original); 1 for never.</summary>
    public double HardFrom { get; init; } = 1;

    /// <summary>Whether ω has grown once already in the first epoch, as in the original, instead of starting at 1.</summary>
    public bool GrowsFirst { get; init; }

    /// <summary>
    /// The original method (Yin et al., arXiv 1801.06313; dqa.md, section 10.1): ω = 1.04 in the first epoch, ×1.04 per epoch, exact from 150 of 200
    /// epochs on. It mixes two partners, the low width and float.
    /// </summary>
    public static BinaryRelaxOptions Original { get; } = new() { FinalOmega = Math.Pow(1.04, 150), HardFrom = 0.75, GrowsFirst = true };

    /// <summary>The first epoch of phase II.</summary>
    public int HardEpoch(int epochs) => (int)Math.Floor(HardFrom * epochs);

    /// <summary>The factor used in a training of this length.</summary>
    public double GrowthFor(int epochs) => Growth ?? Math.Pow(FinalOmega, 1.0 / Math.Max(1, HardEpoch(epochs)));
}
