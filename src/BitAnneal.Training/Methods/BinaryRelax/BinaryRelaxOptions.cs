namespace BitAnneal.Training.Methods.BinaryRelax;

/// <summary>Constants of Binary-Relax.</summary>
public sealed record BinaryRelaxOptions
{
    /// <summary>ω after the 300 epochs of the paper at a growth of 1.02 per epoch: 1.02³⁰⁰ = 380.23.</summary>
    private const double PaperGrowth = 1.02;
    private const int PaperEpochs = 300;

    /// <summary>Factor on ω after every epoch; null rescales the paper's 1.02 so that a training of any length ends on the same ω.</summary>
    public double? Growth { get; init; }

    /// <summary>The factor used in a training of this length: 380.23^(1/epochs) unless it was given.</summary>
    public double GrowthFor(int epochs) => Growth ?? Math.Pow(PaperGrowth, (double)PaperEpochs / epochs);
}
