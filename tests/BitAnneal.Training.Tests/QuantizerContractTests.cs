using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

/// <summary>What every quantizer of a weight must hold (quantizers.md, section 13).</summary>
public abstract class QuantizerContractTests
{
    private static readonly int[] Shape = [6, 5, 3, 3];

    /// <summary>Its name, as run files write it.</summary>
    protected abstract string Spec { get; }

    /// <summary>Whether a positive factor on the input is a factor on the output.</summary>
    protected virtual bool ScalesWithItsInput => true;

    [Fact]
    public void LandsOnItsGridAndFreezesToTheForwardPass()
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        for (ulong seed = 1; seed <= 20; seed++)
        {
            var w = Random(seed);
            var frozen = quantizer.Freeze(w);
            float[] forward = TensorMemory.ToFloats(quantizer.Apply(w, training: true)), exact = frozen.ToFloats();
            double step = frozen.Grid.Scales.Max();
            int different = forward.Zip(exact).Count(p => Math.Abs(p.First - p.Second) > 1e-5 * step);
            Assert.True(different <= 1, $"{different} values"); // One value may lie on the edge of two codes.
            Assert.Equal(quantizer.Bits, frozen.Grid.Bits);
            Assert.Equal(quantizer.Levels, frozen.Grid.LevelCount);
        }
    }

    [Fact]
    public void FrozenTensorsSurviveExport()
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        var graph = new GraphBuilder("one").Input(new TensorShape(5, 4, 4)).Conv2d("conv", 6, 3).Build(1);
        var frozen = graph.WithParameters([new("conv.weight", quantizer.Freeze(Random(3)))]);
        Assert.Null(frozen.FirstDifference(OnnxImporter.Parse(OnnxExporter.ToBytes(frozen), "memory")));
    }

    [Fact]
    public void ScalesWithItsInputs()
    {
        if (!ScalesWithItsInput)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var quantizer = Create();
        var w = Random(5);
        float[] plain = TensorMemory.ToFloats(quantizer.Apply(w, true)), doubled = TensorMemory.ToFloats(quantizer.Apply(w.Times(2), true));
        Assert.Equal(plain.Select(v => 2 * v), doubled, (a, b) => Math.Abs(a - b) <= 1e-6); // Powers of two are exact.
    }

    [Fact]
    public void ChannelsAreQuantizedAloneOrTogetherAsTheGridSays()
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        var w = Random(7);
        var grid = quantizer.FrozenGrid(w);
        var other = w.clone();
        other[0].mul_(tensor(3f));
        var changed = quantizer.FrozenGrid(other);
        Assert.Equal(grid.IsPerChannel, changed.IsPerChannel);
        if (grid.IsPerChannel)
        {
            Assert.Equal(6, grid.Scales.Length);
            Assert.Equal(grid.Scales.AsSpan()[1..], changed.Scales.AsSpan()[1..]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.75f)]
    public void ConstantTensorsDoNotBreak(float value)
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        float[] values = TensorMemory.ToFloats(quantizer.Apply(full([6, 5, 3, 3], value), true)), frozen = quantizer.Freeze(full([6, 5, 3, 3], value)).ToFloats();
        Assert.All(values, v => Assert.True(float.IsFinite(v) && Math.Abs(v) <= 1));
        Assert.Equal(values, frozen, (a, b) => Math.Abs(a - b) <= 1e-6);
        if (value == 0)
        {
            Assert.All(values, v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void OneElementAndAHugeOutlierDoNotBreak()
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        Assert.True(float.IsFinite(quantizer.Freeze(full([1, 1, 1, 1], 0.3f)).ToFloats().Single()));
        var w = Random(9);
        w[2, 1, 1, 1] = tensor(1e6f);
        Assert.All(TensorMemory.ToFloats(quantizer.Apply(w, true)), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void NonFiniteValuesAreNamed()
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity])
        {
            var w = Random(11);
            w[3, 2, 1, 0] = tensor(bad);
            Assert.Contains("conv.weight", Assert.Throws<BitAnnealException>(() => quantizer.Apply(w, true)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheKernelEqualsTensorOperations()
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create();
        var results = new List<(float[] Value, float[] Gradient)>();
        foreach (bool fused in (bool[])[true, false])
        {
            var w = Random(13).requires_grad_();
            Partner[][] partners = [quantizer.Partners(new Observation(w, true, "conv.weight"))];
            var y = fused ? MixtureFunction.Apply(new QuantizerInput(w), null, partners) : MixtureReference.Apply(w, null, partners);
            y.backward([Random(14)]);
            results.Add((TensorMemory.ToFloats(y), TensorMemory.ToFloats(w.grad!)));
        }

        Assert.Equal(results[1].Value, results[0].Value, (a, b) => Math.Abs(a - b) <= 1e-5);
        Assert.Equal(results[1].Gradient, results[0].Gradient, (a, b) => Math.Abs(a - b) <= 1e-5);
    }

    [Fact]
    public void ItsNameReadsBack() => Assert.Equal(Spec, QuantizerSpec.Parse(Spec).ToString());

    private protected UniformQuantizer Create() =>
        QuantizerRegistry.Create(new QuantizationSite("conv.weight", SiteKind.Weight, 270, [QuantizerSpec.Parse(Spec)]), [QuantizerSpec.Parse(Spec)], 1, CPU)[0];

    private static Tensor Random(ulong seed)
    {
        var random = new SeededRandom(seed);
        float[] values = [.. Enumerable.Range(0, 270).Select(i => (float)random.NextGaussian() * (1 + i / 45))];
        return TensorMemory.FromFloats(values, new TensorShape(Shape), CPU);
    }
}

public sealed class MinMax1Tests : QuantizerContractTests
{
    protected override string Spec => "minmax1";
}

public sealed class MinMax2Tests : QuantizerContractTests
{
    protected override string Spec => "minmax2";
}

public sealed class MinMax3ByChannelTests : QuantizerContractTests
{
    protected override string Spec => "minmax3:channel";
}

public sealed class MinMax8Tests : QuantizerContractTests
{
    protected override string Spec => "minmax8";
}

public sealed class Sawb2Tests : QuantizerContractTests
{
    protected override string Spec => "sawb2";
}

public sealed class Sawb3ByChannelTests : QuantizerContractTests
{
    protected override string Spec => "sawb3:channel:plus";
}

public sealed class Sawb4WithZeroTests : QuantizerContractTests
{
    protected override string Spec => "sawb4:zero";
}

public sealed class Sawb8Tests : QuantizerContractTests
{
    protected override string Spec => "sawb8";
}

public sealed class BinaryWeightTests : QuantizerContractTests
{
    protected override string Spec => "bwn";
}

public sealed class ScaledBinaryWeightTests : QuantizerContractTests
{
    protected override string Spec => "bwn:tensor:scaled";
}

public sealed class TernaryWeightTests : QuantizerContractTests
{
    protected override string Spec => "twn";
}

public sealed class TernaryWeightPerTensorTests : QuantizerContractTests
{
    protected override string Spec => "twn:tensor:0.7";
}
