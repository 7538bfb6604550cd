namespace BitAnneal.Training.Quantizers;

/// <summary>
/// Derives the coefficients of SAWB for a number of levels: the clip value of least squared error is found for six symmetric distributions, and a
/// line α*/mean|w| = c₁·rms/mean|w| − c₂ is laid through the six points (quantizers.md, section 5.4).
/// </summary>
public static class SawbFit
{
    private const int Cells = 12_000;

    /// <summary>c₁ and c₂.</summary>
    /// <param name="levels">Number of levels, at least 2.</param>
    public static (double C1, double C2) Coefficients(int levels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 2);
        (double X, double Y)[] points = [.. Distributions().Select(d => Point(d, levels))];
        double meanX = points.Average(p => p.X), meanY = points.Average(p => p.Y);
        double slope = points.Sum(p => (p.X - meanX) * (p.Y - meanY)) / points.Sum(p => (p.X - meanX) * (p.X - meanX));
        return (slope, slope * meanX - meanY);
    }

    /// <summary>α*/rms of one distribution, for comparison with the published tables.</summary>
    /// <param name="distribution">0 Gaussian, 1 uniform, 2 Laplace, 3 logistic, 4 triangular, 5 von Mises with κ = 4.</param>
    /// <param name="levels">Number of levels.</param>
    public static double BestClip(int distribution, int levels)
    {
        var (x, y) = Point(Distributions()[distribution], levels);
        return y / x;
    }

    /// <summary>Unnormalised densities over w ≥ 0, and where they end for all purposes.</summary>
    private static (Func<double, double> Density, double End)[] Distributions() =>
    [
        (w => Math.Exp(-w * w / 2), 9),
        (_ => 1, 1),
        (w => Math.Exp(-w), 32),
        (w => Math.Exp(-w) / Math.Pow(1 + Math.Exp(-w), 2), 34),
        (w => 1 - w, 1),
        (w => Math.Exp(4 * Math.Cos(w)), Math.PI),
    ];

    private static (double X, double Y) Point((Func<double, double> Density, double End) d, int levels)
    {
        double cell = d.End / Cells, mass = 0, absolute = 0, squared = 0;
        double[] w = [.. Enumerable.Range(0, Cells).Select(i => (i + 0.5) * cell)], p = [.. w.Select(d.Density)];
        for (int i = 0; i < Cells; i++)
        {
            mass += p[i];
            absolute += p[i] * w[i];
            squared += p[i] * w[i] * w[i];
        }

        (absolute, squared) = (absolute / mass, squared / mass);
        double rms = Math.Sqrt(squared);
        return (rms / absolute, Minimiser(alpha => Error(alpha, w, p, levels), 0.3 * rms, Math.Min(d.End, 12 * rms)) / absolute);
    }

    /// <summary>Σ p·(w − Q(w))² with saturation at α.</summary>
    private static double Error(double alpha, double[] w, double[] p, int levels)
    {
        double step = 2 * alpha / (levels - 1), half = levels % 2 == 0 ? 0.5 : 0, error = 0;
        for (int i = 0; i < w.Length; i++)
        {
            double level = Math.Min(alpha, step * (Math.Floor(w[i] / step + 0.5 - half) + half));
            error += p[i] * (w[i] - level) * (w[i] - level);
        }

        return error;
    }

    /// <summary>A coarse scan, for the error is not convex everywhere, then golden section around its best place.</summary>
    private static double Minimiser(Func<double, double> f, double low, double high)
    {
        const int Steps = 120;
        double step = (high - low) / Steps;
        double best = low + step * Enumerable.Range(0, Steps + 1).MinBy(i => f(low + i * step));
        double a = Math.Max(low, best - step), b = Math.Min(high, best + step), ratio = (Math.Sqrt(5) - 1) / 2;
        while (b - a > 1e-6 * best)
        {
            double c = b - ratio * (b - a), d = a + ratio * (b - a);
            (a, b) = f(c) < f(d) ? (a, d) : (c, b);
        }

        return (a + b) / 2;
    }
}
