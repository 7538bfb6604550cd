using BitAnneal.Graphs;
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
    public static Tensor Apply(Tensor x, Tensor? weights, IReadOnlyList<UniformQuantizer> quantizers, bool training, string site)
    {
        if (IsIdentity(quantizers))
        {
            return x;
        }

        var clip = quantizers[0].Range.Clip;
        var partners = PartnersOf(quantizers, new Observation(x, training, site));
        return x.device_type == DeviceType.CPU
            ? MixtureFunction.Apply(new QuantizerInput(x), weights, partners, clip)
            : MixtureReference.Apply(x, weights, partners, clip);
    }

    /// <summary>Mixes the quantized versions of a value whose last steps are carried out as well.</summary>
    /// <param name="input">The value.</param>
    /// <param name="weights">m: K float32 values that sum to 1; null for a single quantizer.</param>
    /// <param name="quantizers">Q₁ … Q_K. A learned clip is shared by all of them.</param>
    /// <param name="training">Whether range statistics follow this tensor.</param>
    /// <param name="site">Name of the tensor, for messages.</param>
    /// <returns>The mixture, and the value where others read it.</returns>
    public static (Tensor Quantized, Tensor? Value) ApplyFused(QuantizerInput input, Tensor? weights, IReadOnlyList<UniformQuantizer> quantizers, bool training, string site)
    {
        bool isPlain = input.Addend is null && !input.KeepsValue, heeds = input.Rectifier == Rectifier.None || quantizers.All(q => q.IsFloat || q.Range.HeedsRectifier);
        if (input.X.device_type != DeviceType.CPU || IsIdentity(quantizers) || !heeds || (input.Rectifier == Rectifier.Relu6 && !isPlain))
        {
            var value = input.Compute();
            return (Apply(value, weights, quantizers, training, site), input.KeepsValue ? value.alias() : null);
        }

        var clip = quantizers[0].Range.Clip;
        return isPlain
            ? (MixtureFunction.Apply(input, weights, Partners(input.X, null), clip), null)
            : MixtureFunction.ApplyFused(input, weights, (value, range) => Partners(value, range), clip);

        Partner[][] Partners(Tensor value, ClipRange? range) => PartnersOf(quantizers, new Observation(value, training, site, input.Rectifier, range));
    }

    private static bool IsIdentity(IReadOnlyList<UniformQuantizer> quantizers) => quantizers is [{ IsFloat: true, Range.Clip: null }];

    private static Partner[][] PartnersOf(IReadOnlyList<UniformQuantizer> quantizers, Observation values) => [.. quantizers.Select(q => q.Partners(values))];
}
