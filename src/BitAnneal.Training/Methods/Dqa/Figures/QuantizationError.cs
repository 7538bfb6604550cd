using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>Mean |q(T) − w| of a fixed mixture of min-max quantizers, against the temperature (Figure 2 of arXiv 2103.13322).</summary>
/// <remarks>In float64: equidistant weights meet the middle between two levels, where float32 would decide by the rounding of the weight.</remarks>
public sealed class QuantizationError
{
    private readonly FixedMixture mixture;
    private readonly double[] weights;
    private readonly double[][] quantized;

    /// <summary>Quantizes the weights with every quantizer of the mixture.</summary>
    /// <param name="mixture">Quantizers and α.</param>
    /// <param name="weights">w, all in one range.</param>
    public QuantizationError(FixedMixture mixture, double[] weights)
    {
        this.mixture = mixture;
        this.weights = weights;
        double min = weights.Min(), max = weights.Max();
        quantized = [.. mixture.Bits.Select(n => n == UniformQuantizer.FloatBits ? weights : [.. weights.Select(w => Quantized(w, min, max, n))])];
    }

    /// <summary>The error at a temperature; infinity gives the plain average of all quantizers.</summary>
    /// <param name="temperature">T, positive.</param>
    public double At(double temperature)
    {
        var a = mixture.AttentionAt(temperature);
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double q = 0;
            for (int k = 0; k < a.Count; k++)
            {
                q += a[k] * quantized[k][i];
            }

            sum += Math.Abs(q - weights[i]);
        }

        return sum / weights.Length;
    }

    /// <summary>Temperatures at equal ratios, ends included.</summary>
    /// <param name="from">First.</param>
    /// <param name="to">Last.</param>
    /// <param name="count">How many, at least 2.</param>
    public static double[] Temperatures(double from, double to, int count) =>
        [.. Enumerable.Range(0, count).Select(i => i == count - 1 ? to : from * Math.Pow(to / from, i / (count - 1.0)))];

    /// <summary>Q(w; n): min-max, half to even.</summary>
    private static double Quantized(double w, double min, double max, int bits)
    {
        double step = (max - min) / ((1 << bits) - 1);
        return step > 0 ? min + (step * Math.Round((w - min) / step, MidpointRounding.ToEven)) : w;
    }
}
