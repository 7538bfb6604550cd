using BitAnneal.Graphs;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

/// <summary>A network ships with the codes that it was trained with, to the last bit, wherever its weights lie.</summary>
public class FreezeAgreementTests
{
    private static readonly string[] Specs =
    [
        "minmax1", "minmax2", "minmax3", "minmax4", "minmax5", "minmax6", "minmax7", "minmax8",
        "minmax1:channel", "minmax2:channel", "minmax3:channel", "minmax4:channel", "minmax5:channel", "minmax6:channel", "minmax7:channel", "minmax8:channel",
        "sawb1", "sawb2", "sawb2:zero", "sawb2:plus", "sawb2:channel", "sawb3", "sawb4:zero", "sawb5", "sawb8", "sawb8:zero",
        "bwn", "bwn:tensor", "bwn:scaled", "bwn:unit", "twn", "twn:tensor", "twn:0.7",
    ];

    public static TheoryData<string> Catalogue => [.. Specs];

    public static TheoryData<string> Activations => ["minmax1", "minmax2", "minmax3", "minmax4", "minmax8", "pact1", "pact2", "pact3", "pact4:plus", "pact8"];

    [Theory]
    [MemberData(nameof(Catalogue))]
    public void EveryPathOfAWeightGivesTheFrozenBits(string spec)
    {
        using var scope = NewDisposeScope();
        var target = Create(spec, SiteKind.Weight);
        var mixture = new BinaryRelax("w", [target, Create("float", SiteKind.Weight)]) { Omega = double.PositiveInfinity };
        foreach (var (name, w) in Weights(target))
        {
            float[] frozen = target.Freeze(w).ToFloats();
            Same(frozen, target.Apply(w, training: true), $"{spec}, {name}, training");
            Same(frozen, target.Apply(w, training: false), $"{spec}, {name}, evaluation");
            Same(frozen, mixture.Apply(w, training: true), $"{spec}, {name}, settled mixture");
            mixture.Collapsed = true;
            Same(frozen, mixture.Apply(w, training: false), $"{spec}, {name}, collapsed mixture");
            mixture.Collapsed = false;
            Same(frozen, MixtureReference.Apply(w, null, [target.Partners(new Observation(w, false, "w"))]), $"{spec}, {name}, tensor operations");
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void EvaluationOfAnActivationCountsAsTheQuantizeNodeDoes(string spec)
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        for (int round = 0; round < 20; round++)
        {
            var quantizer = Create(spec, SiteKind.Activation);
            float unit = round switch { 17 => 1e-42f, 18 => 1e-31f, 19 => 1.9e38f, _ => 1 };
            float low = spec[0] == 'm' ? -random.NextSingle() * (round % 2) * unit : 0, high = (0.5f + random.NextSingle()) * unit;
            quantizer.Apply(tensor(new[] { low, high }), training: true).Dispose();
            var grid = quantizer.FrozenGrid(zeros(1));
            float[] values = [.. Ties(grid, 0), low, high, 2 * high, -1, 0, -0f, float.Epsilon, -float.Epsilon, float.MaxValue, float.MinValue,
                .. Enumerable.Range(0, 200).Select(_ => (random.NextSingle() * 1.4f - 0.2f) * high)];
            var x = tensor(values);
            float[] node = [.. values.Select(v => grid.Dequantize(grid.Quantize(v)))];
            Same(node, quantizer.Apply(x, training: false), spec);
            Same(node, MixtureReference.Apply(x, null, [quantizer.Partners(new Observation(x, false, "x"))], quantizer.Range.Clip), $"{spec}, tensor operations");
            if (low < 0)
            {
                continue; // Behind a rectifier a range starts at 0.
            }

            float[] rectified = [.. values.Select(v => grid.Dequantize(grid.Quantize(MathF.Max(v, 0))))];
            Same(rectified, quantizer.ApplyFused(new QuantizerInput(x) { Rectifier = Rectifier.Relu }, training: false).Quantized, $"{spec}, rectified");
        }
    }

    [Fact] // A mixture that all but settled: its kernel must take the same side of a threshold as the quantizer alone.
    public void AMixtureOverOneRangeTakesTheSameCodes()
    {
        using var scope = NewDisposeScope();
        var range = new MinMaxRange();
        UniformQuantizer target = new("w", range, 2, estimator: GradientEstimator.Clipped), other = new("w", range, 4, estimator: GradientEstimator.Clipped);
        foreach (var (name, w) in Weights(target))
        {
            var grid = target.FrozenGrid(w);
            float[] values = TensorMemory.ToFloats(w), mixed = TensorMemory.ToFloats(MixtureFunction.Apply(
                new QuantizerInput(w), tensor(new[] { 0.999999f, 0.000001f }), [target.Partners(new Observation(w, true, "w")), other.Partners(new Observation(w, true, "w"))]));
            float[] frozen = target.Freeze(w).ToFloats();
            double step = grid.Scale(0);
            int off = frozen.Zip(mixed).Count(p => Math.Abs(p.First - p.Second) > 1e-3 * step + 4e-7 * Math.Abs(p.First));
            Assert.True(off == 0 || step < 1e-30, $"{name}: {off} of {values.Length} on another side");
        }
    }

    [Theory] // Levels 0, 1, 2 and 3 or -1 and 1; the outermost weights hold the range.
    [InlineData("minmax2", new[] { 0, 3, 0.5f, 0.50005f, 1.4998f, 2.5f, 1, -0f }, 3)]
    [InlineData("bwn", new[] { 1, -1, 1e-5f, -1e-5f, 0, 2f, -2, 2 }, 3)]
    public void WeightsNearThresholdsAreCounted(string spec, float[] values, int near)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(near, Create(spec, SiteKind.Weight).NearThresholds(tensor(values).reshape(1, -1), WeightSpread.Nearness));
    }

    [Fact]
    public void SharesPerLevelAddUp()
    {
        using var scope = NewDisposeScope();
        var spread = WeightSpread.Of(Create("minmax2", SiteKind.Weight).Freeze(tensor(new[] { 0, 3, 2.9f, 1 })), 0);
        Assert.Equal([0.25, 0.25, 0, 0.5], spread.LevelShares.ToArray());
    }

    private static UniformQuantizer Create(string spec, SiteKind kind) =>
        QuantizerRegistry.Create(new QuantizationSite("w", kind, 4, []), [QuantizerSpec.Parse(spec)], 1, CPU)[0];

    /// <summary>Tensors that are hard on a freeze.</summary>
    private static IEnumerable<(string Name, Tensor Values)> Weights(UniformQuantizer quantizer)
    {
        var random = new Random(1);
        yield return ("a lattice", Of(33, _ => random.Next(-12, 13) / 8f));
        yield return ("pruned", Of(40, i => i % 5 == 0 ? (float)(random.NextDouble() - 0.5) : 0));
        yield return ("signed zeros", Of(20, i => i % 2 == 0 ? 0 : -0f));
        yield return ("denormal", Of(20, i => (i - 11) * float.Epsilon));
        yield return ("tiny", Of(50, _ => (float)(random.NextDouble() - 0.5) * 1e-37f));
        yield return ("huge", Of(50, _ => (float)(random.NextDouble() - 0.5) * 1e15f));
        yield return ("constant", Of(20, _ => 0.3f));
        yield return ("a constant channel", Of(20, i => i < 20 ? 0.3f : (float)random.NextDouble()));
        yield return ("one value a channel", Of(1, _ => (float)random.NextDouble() - 0.5f));
        for (int seed = 0; seed < 20; seed++)
        {
            var w = Of(400, _ => (float)(random.NextDouble() - 0.5) * (seed + 1));
            yield return ("random", w);
            for (int i = 0; i < 3; i++)
            {
                w = Parked(w, quantizer); // The statistics of the range follow the values: a few rounds come close.
                yield return ("on thresholds", w);
            }
        }
    }

    private static Tensor Of(int size, Func<int, float> value) => tensor(Enumerable.Range(0, 3 * size).Select(value).ToArray()).reshape(3, size);

    /// <summary>All values but the first and the outermost of each channel moved to thresholds and to their next neighbours.</summary>
    private static Tensor Parked(Tensor w, UniformQuantizer quantizer)
    {
        var grid = quantizer.FrozenGrid(w);
        float[] values = TensorMemory.ToFloats(w);
        int size = values.Length / 3;
        for (int channel = 0; channel < 3; channel++)
        {
            var row = values.AsSpan(channel * size, size);
            float min = float.PositiveInfinity, max = float.NegativeInfinity;
            foreach (float v in row)
            {
                (min, max) = (MathF.Min(min, v), MathF.Max(max, v));
            }

            float[] ties = [.. Ties(grid, channel)];
            for (int i = 0; i < size; i++)
            {
                row[i] = row[i] == min || row[i] == max ? row[i] : Math.Clamp(ties[i * 7 % ties.Length], min, max);
            }
        }

        return tensor(values).reshape(3, size);
    }

    /// <summary>The middles between levels and the four floats on either side of each.</summary>
    private static IEnumerable<float> Ties(Grid grid, int channel)
    {
        for (int code = grid.MinCode; code < grid.MaxCode; code++)
        {
            float middle = (float)(((double)grid.Scale(channel) * (code + 0.5)) + grid.Offset(channel)), below = middle, above = middle;
            yield return middle;
            for (int ulp = 0; ulp < 4; ulp++)
            {
                yield return below = MathF.BitDecrement(below);
                yield return above = MathF.BitIncrement(above);
            }
        }
    }

    private static void Same(float[] expected, Tensor actual, string what)
    {
        float[] values = TensorMemory.ToFloats(actual);
        int[] different = [.. Enumerable.Range(0, expected.Length).Where(i => BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(values[i]))];
        Assert.True(different.Length == 0, different.Length == 0 ? "" : $"{what}: {different.Length} of {expected.Length}, first {expected[different[0]]:G9} against {values[different[0]]:G9}");
    }
}
