using BitAnneal.Graphs;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace BitAnneal.Training.Quantizers;

/// <summary>Sums over the absolute values of a weight tensor or of one of its channels.</summary>
/// <param name="Count">Number of values.</param>
/// <param name="Absolute">Σ|w|.</param>
/// <param name="Squared">Σw².</param>
/// <param name="Largest">max|w|.</param>
public readonly record struct AbsoluteMoments(long Count, double Absolute, double Squared, float Largest)
{
    /// <summary>mean |w|.</summary>
    public double Mean => Absolute / Count;

    /// <summary>sqrt(mean w²), without subtraction of the mean.</summary>
    public double RootMeanSquare => Math.Sqrt(Squared / Count);

    /// <summary>The moments of all channels together.</summary>
    public static AbsoluteMoments Sum(IEnumerable<AbsoluteMoments> channels) =>
        channels.Aggregate((a, b) => new AbsoluteMoments(a.Count + b.Count, a.Absolute + b.Absolute, a.Squared + b.Squared, Math.Max(a.Largest, b.Largest)));

    /// <summary>One entry per index of dimension 0.</summary>
    /// <exception cref="BitAnnealException">The tensor holds NaN or infinity.</exception>
    internal static AbsoluteMoments[] OfChannels(Tensor x, string site)
    {
        var result = ChannelMemory.Map(x, (_, values) => new AbsoluteMoments(values.Length, SumOf(values, squared: false), SumOf(values, squared: true), TensorPrimitives.MaxMagnitude(values)));
        return Array.TrueForAll(result, m => double.IsFinite(m.Squared)) ? result : throw MinMax.NotFinite(site);
    }

    /// <summary>Mean of |w| over |w| &gt; threshold; 0 where there is none.</summary>
    internal static double[] MeanAbove(Tensor x, double[] thresholds)
    {
        (double Sum, long Count)[] above = ChannelMemory.Map(x, (channel, values) =>
        {
            double threshold = thresholds[thresholds.Length == 1 ? 0 : channel], sum = 0;
            long count = 0;
            foreach (float v in values)
            {
                double magnitude = Math.Abs((double)v);
                if (magnitude > threshold)
                {
                    sum += magnitude;
                    count++;
                }
            }

            return (sum, count);
        });
        return thresholds.Length == above.Length && above.Length > 1
            ? [.. above.Select(a => a.Sum / Math.Max(1, a.Count))]
            : [above.Sum(a => a.Sum) / Math.Max(1, above.Sum(a => a.Count))];
    }

    /// <summary>Sums of float32 over short runs, which are then added up in float64: fast, and exact to about seven digits.</summary>
    private static double SumOf(ReadOnlySpan<float> values, bool squared)
    {
        const int Run = 256;
        double sum = 0;
        for (int i = 0; i < values.Length; i += Run)
        {
            var part = values[i..Math.Min(values.Length, i + Run)];
            sum += squared ? TensorPrimitives.SumOfSquares(part) : TensorPrimitives.SumOfMagnitudes(part);
        }

        return sum;
    }
}
