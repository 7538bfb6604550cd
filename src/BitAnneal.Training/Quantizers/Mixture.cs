using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>q = Σₖ mₖ·Qₖ(x; nₖ) (dqa.md, eq. 2): the fused kernel on the CPU, tensor operations elsewhere.</summary>
internal static class Mixture
{
    /// <summary>Mixes the quantized versions of one tensor.</summary>
    /// <param name="x">float32, any shape.</param>
    /// <param name="weights">m: K float32 values that sum to 1; null for a single quantizer.</param>
    /// <param name="quantizers">Q₁ … Q_K. A learned clip is shared by all of them.</param>
    /// <param name="training">Whether range statistics follow this tensor.</param>
    /// <param name="site">Name of the tensor, for messages.</param>
    /// <param name="rectifier">What is applied to x first.</param>
    public static Tensor Apply(Tensor x, Tensor? weights, IReadOnlyList<UniformQuantizer> quantizers, bool training, string site, Rectifier rectifier = Rectifier.None)
    {
        bool isFused = x.device_type == DeviceType.CPU;
        var clip = quantizers[0].Range.Clip;
        bool isIdentity = quantizers is [{ IsFloat: true }] && clip is null;
        if (!isFused || isIdentity)
        {
            (x, rectifier) = (rectifier.Of(x), Rectifier.None);
        }

        if (isIdentity)
        {
            return x;
        }

        var values = new Observation(x, training, site, rectifier);
        Partner[][] partners = [.. quantizers.Select(q => q.Partners(values))];
        return isFused
            ? MixtureFunction.Apply(x, weights, partners, clip, rectifier)
            : MixtureReference.Apply(x, weights, partners, clip);
    }

    /// <summary>Mixes the quantized versions of a value whose last steps are carried out as well.</summary>
    /// <param name="input">The value.</param>
    /// <param name="weights">m: K float32 values that sum to 1; null for a single quantizer.</param>
    /// <param name="quantizers">Q₁ … Q_K. A learned clip is shared by all of them.</param>
    /// <param name="training">Whether range statistics follow this tensor.</param>
    /// <param name="site">Name of the tensor, for messages.</param>
    /// <returns>The mixture, and the value where others read it.</returns>
    public static (Tensor Quantized, Tensor? Value) ApplyFused(in QuantizerInput input, Tensor? weights, IReadOnlyList<UniformQuantizer> quantizers, bool training, string site)
    {
        var clip = quantizers[0].Range.Clip;
        if (input.X.device_type != DeviceType.CPU || quantizers is [{ IsFloat: true }] && clip is null)
        {
            var value = input.Compute();
            return (Apply(value, weights, quantizers, training, site), input.KeepsValue ? value.alias() : null);
        }

        var rectifier = input.Rectified ? Rectifier.Relu : Rectifier.None;
        return MixtureFunction.ApplyFused(input, weights, PartnersOf, clip);

        Partner[][] PartnersOf(Tensor value, ClipRange range)
        {
            var values = new Observation(value, training, site, rectifier, range);
            return [.. quantizers.Select(q => q.Partners(values))];
        }
    }
}
