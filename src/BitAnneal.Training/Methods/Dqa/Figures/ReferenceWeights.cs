namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>Weights without randomness, to compare quantization errors by (dqa.md, section 13).</summary>
public static class ReferenceWeights
{
    /// <summary>Equidistant values from −1 to 1.</summary>
    /// <param name="count">How many, at least 2.</param>
    public static double[] Equidistant(int count = 2001) => [.. Enumerable.Range(0, count).Select(i => -1 + (2.0 * i / (count - 1)))];

    /// <summary>The normal quantiles at (i + ½)/count.</summary>
    /// <param name="count">How many.</param>
    public static double[] Normal(int count = 2000) => [.. Enumerable.Range(0, count).Select(i => NormalQuantile.Of((i + 0.5) / count))];
}
