using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>q = Σₖ mₖ·Qₖ(x; nₖ) (dqa.md, eq. 2): the fused kernel on the CPU, tensor operations elsewhere.</summary>
internal static class Mixture
{
    /// <summary>Mixes the quantized versions of one tensor.</summary>
    /// <param name="x">float32, any shape.</param>
    /// <param name="weights">m: K float32 values that sum to 1; null for a single quantizer.</param>
    /// <param name="quantizers">Q₁ … Q_K.</param>
    /// <param name="training">Whether range statistics follow this tensor.</param>
    /// <param name="site">Name of the tensor, for messages.</param>
    public static Tensor Apply(Tensor x, Tensor? weights, IReadOnlyList<UniformQuantizer> quantizers, bool training, string site)
    {
        // A limiter belongs to a range that all partners share (PACT), so it runs once.
        var limited = quantizers[0].Range.Limit(x);
        var partners = new Partner[quantizers.Count];
        QuantizerRange? observed = null;
        ClipRange range = default;
        for (int k = 0; k < partners.Length; k++)
        {
            var quantizer = quantizers[k];
            if (!quantizer.IsFloat && !ReferenceEquals(observed, quantizer.Range))
            {
                observed = quantizer.Range;
                range = observed.Observe(limited, training, site);
            }

            partners[k] = quantizer.IsFloat
                ? new Partner(1, 0, 0, quantizer.Rounding, Clipped: false)
                : new Partner(range.Step(quantizer.Bits), range.Min, (1 << quantizer.Bits) - 1, quantizer.Rounding, quantizer.Estimator == GradientEstimator.Clipped);
        }

        if (partners is [{ IsFloat: true }])
        {
            return limited;
        }

        return limited.device_type == DeviceType.CPU
            ? MixtureFunction.Apply(limited, weights, partners)
            : MixtureReference.Apply(limited, weights, partners);
    }
}
