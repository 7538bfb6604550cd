namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>The inverse of the standard normal distribution function, by P. J. Acklam's rational approximations (relative error below 1.2e-9).</summary>
public static class NormalQuantile
{
    /// <summary>Below this probability, and above one minus it, the approximation for the tails holds.</summary>
    private const double Tail = 0.02425;

    private static readonly double[] CentreTop = [-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00];
    private static readonly double[] CentreBottom = [-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01, 1];
    private static readonly double[] TailTop = [-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00];
    private static readonly double[] TailBottom = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1];

    /// <summary>The number below which a standard normal variable lies with a given probability.</summary>
    /// <param name="probability">In (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    /// <example>0.975 gives 1.959964.</example>
    public static double Of(double probability)
    {
        if (probability is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), $"{probability} is outside (0, 1)");
        }

        if (probability > 0.5)
        {
            return -Of(1 - probability);
        }

        if (probability < Tail)
        {
            double t = Math.Sqrt(-2 * Math.Log(probability));
            return Polynomial(TailTop, t) / Polynomial(TailBottom, t);
        }

        double q = probability - 0.5;
        return q * Polynomial(CentreTop, q * q) / Polynomial(CentreBottom, q * q);
    }

    /// <summary>Horner's rule, highest power first.</summary>
    private static double Polynomial(double[] coefficients, double x) => coefficients.Aggregate(0.0, (sum, c) => (sum * x) + c);
}
