using BitAnneal.Graphs;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

/// <summary>Golden values of quantizers.md, sections 5 to 8.</summary>
public class WeightQuantizerTests
{
    [Theory] // Section 5.7, N(0, 1): mean|w| = 0.797885, rms = 1.
    [InlineData(3, 1.23562)]
    [InlineData(4, 1.47317)]
    [InlineData(8, 2.00998)]
    [InlineData(15, 2.43645)]
    [InlineData(16, 2.46708)]
    [InlineData(32, 2.86743)]
    [InlineData(127, 3.65718)]
    [InlineData(255, 3.80212)]
    public void SawbAlphaOfANormalDistribution(int levels, double alpha)
    {
        using var range = new SawbRange(levels);
        Assert.Equal(alpha, range.Alpha(new AbsoluteMoments(1_000_000, 797_885, 1_000_000, 5)), 2e-5);
    }

    [Theory]
    [InlineData("sawb2", new[] { -0.918577f, -0.306192f, 0.306192f, 0.918577f })]
    [InlineData("sawb2:zero", new[] { -0.772980f, -0.772980f, 0.772980f, 0.772980f })]
    public void SawbMeetsTheSpecification(string spec, float[] expected) => Assert.Equal(expected, Quantized(spec, [-1, -0.5f, 0.5f, 1]), Close);

    [Fact]
    public void SawbSendsZeroToTheLevelAboveAndFallsBackForBinaryWeights()
    {
        float[] q = Quantized("sawb2", [-1, -0.5f, 0, 0.5f, 1]);
        Assert.True(q[2] > 0);
        Assert.Equal(q[3], q[2]);
        Assert.Equal([-1f, 1, 1, -1], Quantized("sawb4", [-1, 1, 1, -1]), Close);
        Assert.Equal([0f, 0, 0], Quantized("sawb2", [0, 0, 0]));
    }

    [Theory] // Section 5.3: ours within 1 % of the published two-bit pair and within 6 % elsewhere.
    [InlineData(3, 0.06)]
    [InlineData(4, 0.01)]
    [InlineData(8, 0.06)]
    [InlineData(15, 0.06)]
    [InlineData(16, 0.06)]
    [InlineData(32, 0.06)]
    [InlineData(127, 0.06)]
    [InlineData(255, 0.06)]
    [InlineData(256, 0.06)]
    public void SawbFitReproducesThePublishedCoefficients(int levels, double tolerance)
    {
        var (published, fitted) = (SawbRange.Coefficients(levels), SawbFit.Coefficients(levels));
        Assert.InRange(fitted.C1 / published.C1, 1 - tolerance, 1 + tolerance);
        Assert.InRange(fitted.C2 / published.C2, 1 - tolerance, 1 + tolerance);
    }

    [Theory] // Section 5.4, alpha*/rms.
    [InlineData(0, 4, 1.493)]
    [InlineData(1, 4, 1.299)]
    [InlineData(2, 16, 3.460)]
    [InlineData(3, 8, 2.319)]
    [InlineData(4, 127, 2.352)]
    [InlineData(5, 3, 1.232)]
    public void BestClipValuesMeetTheSpecification(int distribution, int levels, double expected) => Assert.Equal(expected, SawbFit.BestClip(distribution, levels), 2e-3);

    [Fact] // Section 7.8
    public void BinaryWeightsMeetTheSpecification()
    {
        Assert.Equal([1f, -1, 1, -1], Quantized("bwn", [0.5f, -1.5f, 1, -1]));
        Assert.Equal([1.25f, 0.25f, 1.25f, 1.25f], Gradient("bwn:scaled", [0.5f, -1.5f, 1, -1]));
        Assert.Equal([1f, 0, 1, 1], Gradient("bwn:unit", [0.5f, -1.5f, 1, -1]));
        Assert.Equal([1f, 1, 1, 1], Gradient("bwn", [0.5f, -1.5f, 1, -1]));
        Assert.True(Quantized("bwn", [0, -1])[0] > 0); // sign(0) = +1
    }

    [Theory] // Section 8.5
    [InlineData("twn", new[] { 0, 0, 0.885f, -0.885f })]
    [InlineData("twn:0.7", new[] { 0.733333f, 0, 0.733333f, -0.733333f })]
    public void TernaryWeightsMeetTheSpecification(string spec, float[] expected)
    {
        Assert.Equal(expected, Quantized(spec, [0.43f, -0.2f, 0.9f, -0.87f]), Close);
        Assert.Equal([1f, 1, 1, 1], Gradient(spec, [0.43f, -0.2f, 0.9f, -0.87f]));
    }

    [Fact] // Section 6.3
    public void PactPlusFollowsTheRounding()
    {
        using var scope = NewDisposeScope();
        using var quantizer = new UniformQuantizer("x", new PactRange(1, followsRounding: true), 2, estimator: GradientEstimator.Clipped);
        var x = tensor(new[] { 0.3f, 0.6f, 5 }, requires_grad: true);
        quantizer.Apply(x, training: true).sum().backward();
        Assert.Equal([1f, 1, 0], TensorMemory.ToFloats(x.grad!));
        Assert.Equal(1.1, quantizer.Parameters[0].Value.grad!.item<float>(), 1e-5);
    }

    [Theory]
    [InlineData("minmx2", "did you mean 'minmax'")]
    [InlineData("minmax", "the width must be 1..8")]
    [InlineData("minmax9", "the width must be 1..8")]
    [InlineData("bwn2", "always 1 bits")]
    [InlineData("sawb2:chanel", "did you mean 'channel'")]
    [InlineData("twn:0", "unknown option '0'")]
    [InlineData("twn:2", "unknown option '2'")]
    public void WrongNamesAreExplained(string text, string hint) =>
        Assert.Contains(hint, Assert.Throws<BitAnnealException>(() => QuantizerSpec.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("pact2 minmax4 minmax8", "joins PACT")]
    [InlineData("minmax2 pact4", "joins PACT")]
    [InlineData("pact2 pact4:plus", "joins PACT")]
    [InlineData("pact2 pact4 float", null)]
    [InlineData("minmax2 float", null)]
    public void PactKeepsToItself(string mixture, string? fault)
    {
        string[] faults = [.. new QuantizationPlan { Activations = [.. mixture.Split(' ').Select(QuantizerSpec.Parse)] }.Faults()];
        Assert.Equal(fault is null ? 0 : 1, faults.Length);
        Assert.All(faults, f => Assert.Contains(fault!, f, StringComparison.Ordinal));
    }

    [Fact]
    public void ASingleLevelIsRefused() => Assert.Single(new QuantizationPlan { Weights = [QuantizerSpec.Parse("sawb1:zero")] }.Faults());

    [Fact]
    public void FaultyMixturesAreListed()
    {
        string[] faults = [.. new QuantizationPlan { Weights = [QuantizerSpec.Parse("minmax4"), QuantizerSpec.Parse("pact2")], Activations = [QuantizerSpec.Parse("bwn")] }.Faults()];
        Assert.Equal(3, faults.Length);
        Assert.Contains("must rise", faults[1], StringComparison.Ordinal);
    }

    private static float[] Quantized(string spec, float[] values)
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create(spec);
        float[] forward = TensorMemory.ToFloats(quantizer.Apply(tensor(values).reshape(1, -1), training: true));
        Assert.Equal(forward, quantizer.Freeze(tensor(values).reshape(1, -1)).ToFloats(), Close);
        return forward;
    }

    private static float[] Gradient(string spec, float[] values)
    {
        using var scope = NewDisposeScope();
        using var quantizer = Create(spec);
        var w = tensor(values).reshape(1, -1).requires_grad_();
        quantizer.Apply(w, training: true).sum().backward();
        return TensorMemory.ToFloats(w.grad!);
    }

    private static UniformQuantizer Create(string spec) =>
        QuantizerRegistry.Create(new QuantizationSite("w", SiteKind.Weight, 4, []), [QuantizerSpec.Parse(spec)], 1, CPU)[0];

    private static bool Close(float a, float b) => Math.Abs(a - b) <= 2e-6;
}
