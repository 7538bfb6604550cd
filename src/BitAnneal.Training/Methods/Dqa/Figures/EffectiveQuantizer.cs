using BitAnneal.Training.Native;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>The function v ↦ Σ_k a_k·Q_k(v; n_k) with every grid where it lay at one step (Figure 3b of arXiv 2103.13322).</summary>
public static class EffectiveQuantizer
{
    /// <summary>The function at some values.</summary>
    /// <param name="values">v.</param>
    /// <param name="bits">n₁ … n_K; 32 is float.</param>
    /// <param name="ranges">The range of each quantizer; ignored for float.</param>
    /// <param name="attention">a₁ … a_K.</param>
    public static float[] Of(float[] values, IReadOnlyList<int> bits, IReadOnlyList<ClipRange> ranges, IReadOnlyList<double> attention)
    {
        TorchRuntime.Load();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        UniformQuantizer[] quantizers = [.. bits.Select((n, k) => new UniformQuantizer("v", new FixedRange(ranges[k]), n))];
        float[] a = [.. attention.Select(v => (float)v)];
        return TensorMemory.ToFloats(Mixture.Apply(tensor(values), tensor(a), quantizers, training: false, "v"));
    }

    private sealed class FixedRange(ClipRange range) : QuantizerRange
    {
        public override ClipRange[] Observe(Observation values) => [range];
    }
}
