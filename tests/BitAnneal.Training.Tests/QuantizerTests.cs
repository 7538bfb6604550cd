using BitAnneal.Graphs;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class QuantizerTests
{
    [Theory] // quantizers.md, section 3.5
    [InlineData(new[] { 0f, 1, 2, 3 }, 2, new[] { 0f, 1, 2, 3 })]
    [InlineData(new[] { -1f, -0.2f, 0.3f, 1 }, 2, new[] { -1f, -1 / 3f, 1 / 3f, 1 })]
    [InlineData(new[] { -1f, -0.2f, 0.3f, 1 }, 4, new[] { -1f, -0.2f, 1 / 3f, 1 })]
    [InlineData(new[] { -1f, -0.2f, 0.3f, 1 }, 8, new[] { -1f, -0.2f, 0.301961f, 1 })]
    [InlineData(new[] { -0.4f, 0.05f, 0.6f, 1 }, 2, new[] { -0.4f, 0.066667f, 0.533333f, 1 })]
    [InlineData(new[] { 5f, 5, 5 }, 3, new[] { 5f, 5, 5 })]
    public void MinMaxMeetsTheSpecification(float[] values, int bits, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var quantizer = new UniformQuantizer("w", new MinMaxRange(), bits);
        Assert.Equal(expected, TensorMemory.ToFloats(quantizer.Apply(tensor(values), training: true)), Close);
        Assert.Equal(expected, quantizer.Freeze(tensor(values)).ToFloats(), Close);
    }

    [Fact] // quantizers.md, section 6.3
    public void PactMeetsTheSpecification()
    {
        using var scope = NewDisposeScope();
        using var quantizer = new UniformQuantizer("x", new PactRange(1), 2, estimator: GradientEstimator.Clipped);
        var x = tensor(new[] { -1f, 0.3f, 0.7f, 5 }, requires_grad: true);
        var y = quantizer.Apply(x, training: true);
        y.sum().backward();
        Assert.Equal([0, 1 / 3f, 2 / 3f, 1], TensorMemory.ToFloats(y), Close);
        Assert.Equal([0f, 1, 1, 0], TensorMemory.ToFloats(x.grad!));
        Assert.Equal(1, quantizer.Parameters[0].Value.grad!.item<float>());
    }

    [Fact]
    public void FusedKernelEqualsTensorOperations()
    {
        var random = new SeededRandom(11);
        for (int trial = 0; trial < 60; trial++)
        {
            using var scope = NewDisposeScope();
            manual_seed(trial);
            long[] shape = [1 + random.Next(4), 1 + random.Next(9), 1 + random.Next(40), 1 + random.Next(40)];
            var x0 = TensorMemory.ChannelsLast(randn(shape));
            int channels = random.Next(2) == 0 ? 1 : (int)shape[0];
            var clip = random.Next(3) == 0 ? new LearnedClip(tensor((float)random.NextDouble(0.3, 1.5), requires_grad: true), random.Next(2) == 0) : null;
            Partner[][] partners = trial % 3 == 0 && clip is null
                ? SharedRange(random)
                : [.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => clip is null ? RandomPartners(random, channels) : [ClippedPartner(random, clip)])];
            float[] raw = [.. partners.Select(_ => (float)random.NextDouble())], weights = [.. raw.Select(r => r / raw.Sum())];
            var g = trial % 2 == 0 ? randn(shape) : TensorMemory.ChannelsLast(randn(shape));
            var results = new List<float[][]>();
            foreach (bool fused in (bool[])[true, false])
            {
                var (x, m) = (x0.detach().requires_grad_(), tensor(weights, requires_grad: true));
                var y = fused ? MixtureFunction.Apply(new QuantizerInput(x), m, partners, clip) : MixtureReference.Apply(x, m, partners, clip);
                y.backward([g]);
                results.Add([TensorMemory.ToFloats(y), TensorMemory.ToFloats(x.grad!), TensorMemory.ToFloats(m.grad!), clip is null ? [] : TensorMemory.ToFloats(clip.Alpha.grad!)]);
                clip?.Alpha.grad?.zero_();
            }

            double size = Math.Sqrt(x0.numel());
            // A value on the edge of two codes may fall to either side: rarely, and by no more than a step.
            float[] apart = [.. results[1][0].Zip(results[0][0], (a, b) => Math.Abs(a - b)).Where(d => d > 1e-5)];
            Assert.True(apart.Length <= 2 && apart.All(d => d <= partners.Max(p => p.Max(q => q.Scale)) * 1.001), $"trial {trial}: {apart.Length} of {x0.numel()} values, by up to {apart.DefaultIfEmpty().Max()}");
            Assert.Equal(results[1][1], results[0][1], (a, b) => Math.Abs(a - b) <= 1e-5);
            Assert.Equal(results[1][2], results[0][2], (a, b) => Math.Abs(a - b) <= 1e-4 * size);
            Assert.Equal(results[1][3], results[0][3], (a, b) => Math.Abs(a - b) <= 1e-4 * size);
        }
    }

    [Fact]
    public void FrozenCodesDequantizeToTheForwardPass()
    {
        for (int bits = 1; bits <= 8; bits++)
        {
            foreach (var rounding in Enum.GetValues<Rounding>())
            {
                using var scope = NewDisposeScope();
                manual_seed(bits);
                using var quantizer = new UniformQuantizer("w", new MinMaxRange(), bits, rounding);
                var w = randn(5, 7, 3, 3);
                var frozen = quantizer.Freeze(w);
                var forward = quantizer.Apply(w, training: true);
                int different = frozen.ToFloats().Zip(TensorMemory.ToFloats(forward)).Count(p => p.First != p.Second);
                Assert.True(different <= 1, $"{different} values of {bits} bits, {rounding}"); // One value may lie on the edge of two codes.
                Assert.Equal(bits, frozen.Grid.Bits);
                if (rounding == Rounding.HalfToEven)
                {
                    Assert.Equal(frozen.ToFloats(), quantizer.Freeze(TensorMemory.FromFloats(frozen.ToFloats(), frozen.Shape, CPU)).ToFloats(), Close); // Idempotent.
                }
            }
        }
    }

    [Fact]
    public void ASecondBackwardPassGivesNaNAndEndsNothing()
    {
        using var scope = NewDisposeScope();
        var x = randn(100).requires_grad_();
        var site = new QuantizationSite("x", SiteKind.Weight, 100, QuantizerSpec.Mixture("minmax", 2));
        var y = Mixture.Apply(x, tensor(new[] { 0.5f, 0.3f, 0.2f }), QuantizerRegistry.Create(site, site.Quantizers, 1, CPU), true, "x").sum();
        y.backward(retain_graph: true);
        y.backward();
        Assert.All(TensorMemory.ToFloats(x.grad!), g => Assert.True(float.IsNaN(g)));
    }

    [Theory]
    [InlineData(false, "minmax2", "minmax4", "minmax8")]
    [InlineData(true, "minmax3")]
    [InlineData(false, "pact2", "pact4", "float")]
    [InlineData(true, "pact4:plus")]
    public void AFusedRectifierIsOneInFront(bool positive, params string[] specs)
    {
        foreach (var (rectifier, clip) in ((Rectifier, float)[])[(Rectifier.Relu, 1.3f), (Rectifier.Relu6, 1.3f), (Rectifier.Relu6, 8)])
        {
            using var scope = NewDisposeScope();
            var results = new List<float[][]>();
            foreach (bool fused in (bool[])[true, false])
            {
                var site = new QuantizationSite("x", SiteKind.Activation, 1, [.. specs.Select(QuantizerSpec.Parse)]);
                var quantizers = QuantizerRegistry.Create(site, site.Quantizers, clip, CPU);
                var weights = tensor(new[] { 0.5f, 0.3f, 0.2f }[..specs.Length]);
                var x = TensorMemory.FromFloats([.. Enumerable.Range(0, 777).Select(i => (float)Math.Sin(i) * 7 + (positive ? 7.5f : 0))], new TensorShape(777), CPU).requires_grad_();
                var y = fused
                    ? Mixture.ApplyFused(new QuantizerInput(x, Rectifier: rectifier), weights, quantizers, training: true, "x").Quantized
                    : Mixture.Apply(rectifier.Of(x), weights, quantizers, training: true, "x");
                y.mul(TensorMemory.FromFloats([.. Enumerable.Range(0, 777).Select(i => (float)Math.Cos(i))], new TensorShape(777), CPU)).sum().backward();
                results.Add([TensorMemory.ToFloats(y), TensorMemory.ToFloats(x.grad!), .. quantizers[0].Parameters.Select(p => TensorMemory.ToFloats(p.Value.grad!)), quantizers[0].Range.State]);
            }

            foreach (var (a, b) in results[0].Zip(results[1]))
            {
                Assert.Equal(b, a, (p, q) => Math.Abs(p - q) <= 2e-5);
            }
        }
    }

    [Fact]
    public void RunningRangeFollowsBatchesAndClipsInEvaluation()
    {
        using var scope = NewDisposeScope();
        var range = new RunningMinMaxRange(0.5);
        using var quantizer = new UniformQuantizer("x", range, 2, estimator: GradientEstimator.Clipped);
        quantizer.Apply(tensor(new[] { 0f, 3 }), training: true);
        quantizer.Apply(tensor(new[] { -1f, 5 }), training: true);
        Assert.Equal([-0.5f, 4], range.State);
        var x = tensor(new[] { -3f, 1, 9 }, requires_grad: true);
        var y = quantizer.Apply(x, training: false);
        y.sum().backward();
        Assert.Equal([-0.5f, 1, 4], TensorMemory.ToFloats(y), Close);
        Assert.Equal([0f, 1, 0], TensorMemory.ToFloats(x.grad!));
        Assert.Equal([-0.5f, 4], range.State);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void NonFiniteValuesAreNamed(float bad)
    {
        using var scope = NewDisposeScope();
        using var quantizer = new UniformQuantizer("layer.weight", new MinMaxRange(), 2);
        float[] values = new float[100_000];
        values[77_777] = bad;
        Assert.Contains("layer.weight", Assert.Throws<BitAnnealException>(() => quantizer.Apply(tensor(values), true)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(33)]
    public void WidthsOutsideTheRangeAreRefused(int bits) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new UniformQuantizer("w", new MinMaxRange(), bits));

    private static Partner[] RandomPartners(SeededRandom random, int channels)
    {
        var kind = random.Next(6);
        var rounding = (Rounding)random.Next(3);
        int last = kind == 1 ? 2 : kind == 2 ? 1 : (1 << (1 + random.Next(8))) - 1, lowest = random.Next(2) == 0 ? 0 : -(last / 2);
        bool clipped = random.Next(2) == 0;
        return [.. Enumerable.Range(0, random.Next(2) == 0 ? 1 : channels).Select(_ =>
        {
            float min = (float)random.NextDouble(-2, 0.2), max = (float)random.NextDouble(0.5, 2.5), scale = (max - min) / last;
            var slope = clipped ? new StraightThrough(min, max, (float)random.NextDouble(0.5, 2), (float)random.NextDouble(0, 0.5)) : StraightThrough.Identity;
            return kind == 0 ? Partner.Float(StraightThrough.Identity)
                : new Partner(scale, min - scale * lowest, lowest, lowest + last, slope, rounding, kind <= 2 ? (float)random.NextDouble(0, 1) : float.NaN);
        })];
    }

    /// <summary>What <see cref="SharedRangeKernel"/> serves: rising widths over one range that starts anywhere.</summary>
    private static Partner[][] SharedRange(SeededRandom random)
    {
        float min = (float)random.NextDouble(-2, 0.5), max = min + (float)random.NextDouble(0.5, 3);
        var slope = random.Next(2) == 0 ? StraightThrough.Identity : StraightThrough.Clipped(min, max);
        int[] widths = random.Next(2) == 0 ? [2, 4, 8] : [1, 3];
        return [.. widths.Select(bits => (Partner[])[new Partner((float)(((double)max - min) / ((1 << bits) - 1)), min, 0, (1 << bits) - 1, slope)])];
    }

    private static Partner ClippedPartner(SeededRandom random, LearnedClip clip)
    {
        float alpha = clip.Alpha.item<float>();
        int last = (1 << (1 + random.Next(8))) - 1;
        var slope = StraightThrough.Clipped(0, alpha);
        return random.Next(5) == 0 ? Partner.Float(slope) : new Partner(alpha / last, 0, 0, last, slope);
    }

    private static bool Close(float a, float b) => Math.Abs(a - b) <= 1e-6;
}
