using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.BinaryRelax;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Schedules;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class RelaxationTests
{
    private static readonly float[] W = [-1, -0.2f, 0.3f, 1];

    [Theory] // dqa.md, section 15.1
    [InlineData(new[] { 2, 4, 8 }, 0.0, new[] { 0.336244, 0.334050, 0.329705 })]
    [InlineData(new[] { 2, 4, 8 }, 0.5, new[] { 0.498248, 0.341427, 0.160325 })]
    [InlineData(new[] { 2, 4, 8 }, 0.8, new[] { 0.986721, 0.013277, 2.4e-6 })]
    [InlineData(new[] { 1, 2, 8 }, 0.7, new[] { 0.681947, 0.314994, 0.003059 })]
    [InlineData(new[] { 1, 2, 32 }, 1.0, new[] { 0.869005, 0.130995, 0 })]
    [InlineData(new[] { 2, 32 }, 0.25, new[] { 0.526838, 0.473162 })]
    public void AttentionFollowsTheSchedule(int[] bits, double share, double[] expected)
    {
        double temperature = new ExponentialSchedule(100, 0.03).At((long)(share * 1000), 1000);
        var a = Attention.Softmax(Attention.DividedByDeviation(Attention.InitialAlpha(bits), biased: false), temperature);
        Assert.Equal(expected, a, (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.Equal(1, a.Sum(), 12);
    }

    [Fact]
    public void BiasedDeviationMeetsTheSpecification() =>
        Assert.Equal([4.81070, 4.00892, 2.40536], Attention.DividedByDeviation(Attention.InitialAlpha([2, 4, 8]), biased: true), (x, y) => Math.Abs(x - y) < 1e-5);

    [Fact]
    public void EqualAlphaIsLeftAlone() => Assert.Equal([1.0, 1, 1], Attention.DividedByDeviation([1.0, 1, 1], biased: false));

    [Theory] // dqa.md, section 15.2
    [InlineData(100, new[] { -1f, -0.244833f, 0.322990f, 1 })]
    [InlineData(1, new[] { -1f, -0.280325f, 0.330682f, 1 })]
    [InlineData(0.03, new[] { -1f, -0.333333f, 0.333333f, 1 })]
    public void MixtureMeetsTheSpecification(double temperature, float[] expected)
    {
        using var scope = NewDisposeScope();
        using var attention = Create(temperature);
        Assert.Equal(expected, TensorMemory.ToFloats(attention.Apply(tensor(W), training: true)), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact] // dqa.md, section 15.3
    public void GradientOfTheAttentionMeetsTheSpecification()
    {
        using var scope = NewDisposeScope();
        using var attention = Create(1);
        var w = tensor(W, requires_grad: true);
        float[] g = [0.5f, -1, 2, 0.25f];
        attention.Apply(w, training: true).backward([tensor(g)]);
        Assert.Equal([0.0351292f, -0.0234847f, -0.0116444f], TensorMemory.ToFloats(attention.Parameters[0].Value.grad!), (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.Equal(g, TensorMemory.ToFloats(w.grad!), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact] // dqa.md, section 15.3: through the division by std, with respect to the unscaled alpha
    public void GradientThroughTheDeviationMeetsTheSpecification()
    {
        using var scope = NewDisposeScope();
        using var attention = new Attention("w", Partners(), CPU, AlphaNormalization.InForwardPass) { Temperature = 1 };
        attention.Normalise();
        attention.Apply(tensor(W), training: true).backward([tensor(new[] { 0.5f, -1, 2, 0.25f })]);
        Assert.Equal([0.0844949f, -0.1267424f, 0.0422475f], TensorMemory.ToFloats(attention.Parameters[0].Value.grad!), (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.Equal([0.602437, 0.313040, 0.084523], attention.CurrentWeights, (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact]
    public void SharedAttentionHasOneAlpha()
    {
        using var scope = NewDisposeScope();
        using var owner = Create(1);
        using var other = new Attention("x", Partners(), CPU, owner: owner) { Temperature = 1 };
        Assert.DoesNotContain(other.Parameters, p => p.Role == "alpha");
        owner.Apply(tensor(W), true).sum().Plus(other.Apply(tensor(W), true).sum()).backward();
        float[] both = TensorMemory.ToFloats(owner.Parameters[0].Value.grad!);
        owner.Parameters[0].Value.grad!.zero_();
        owner.Apply(tensor(W), true).sum().backward();
        Assert.Equal(TensorMemory.ToFloats(owner.Parameters[0].Value.grad!).Select(g => 2 * g), both, (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.Throws<ArgumentException>(() => new Attention("y", Partners()[..2], CPU, owner: owner));
    }

    [Fact] // dqa.md, section 15.5
    public void TheOriginalBinaryRelaxEndsOnQ1Alone()
    {
        var method = new BinaryRelaxMethod(new QuantizationPlan(), BinaryRelaxOptions.Original);
        Assert.Equal(1.04, method.Omega(0, 200), 1e-9);
        Assert.Equal(358.9227, method.Omega(149, 200), 1e-3);
        Assert.Equal(double.PositiveInfinity, method.Omega(150, 200));
        using var relax = new BinaryRelax("w", [Partners()[0], new UniformQuantizer("w", new MinMaxRange(), 32)]) { Omega = 358.9227 };
        Assert.Equal(0.99722, relax.CurrentWeights[0], 1e-5);
        relax.Omega = double.PositiveInfinity;
        Assert.Equal([1.0, 0], relax.CurrentWeights);
    }

    [Fact]
    public void NormalisingGivesUnitDeviationAndCollapsingGivesQ1()
    {
        using var scope = NewDisposeScope();
        using var attention = Create(5);
        attention.Normalise();
        double mean = attention.Alpha.Average();
        Assert.Equal(1, Math.Sqrt(attention.Alpha.Sum(v => (v - mean) * (v - mean)) / 2), 6);
        attention.Collapsed = true;
        Assert.Equal([-1f, -1 / 3f, 1 / 3f, 1], TensorMemory.ToFloats(attention.Apply(tensor(W), training: false)), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Fact] // dqa.md, section 15.4: lambda = S = 1 for a single tensor
    public void PenaltyMeetsTheSpecification()
    {
        foreach (var (temperature, value, middle) in new[] { (100.0, 6.94773, -0.00985), (1.7320508, 4.42916, -0.0846), (1.0, 3.20696, 0.2483), (0.3, 1.32301, 0.9033) })
        {
            using var scope = NewDisposeScope();
            var graph = new Graphs.GraphBuilder("one").Input(new Graphs.TensorShape(1, 2, 2)).Conv2d("conv", 1, 1).Build(1);
            var method = new DqaMethod(new QuantizationPlan { Activations = [QuantizerSpec.FullPrecision] }, new DqaOptions { Lambda = 1, Temperature = new ConstantSchedule(temperature) });
            using var module = method.Prepare(graph, CPU);
            method.BeforeStep(new StepPosition(1, 10, 0, 1));
            module.call(ones(1, 1, 2, 2));
            var penalty = method.Penalty()!;
            penalty.backward();
            Assert.Equal(value, penalty.item<float>(), 1e-4);
            Assert.Equal(middle, TensorMemory.ToFloats(module.Trainables.Single(t => t.Name.EndsWith("alpha", StringComparison.Ordinal)).Value.grad!)[1], 1e-4);
        }
    }

    [Fact] // dqa.md, section 15.5
    public void BinaryRelaxReachesThePaperShareInAnyNumberOfEpochs()
    {
        Assert.Equal(372.7789, new BinaryRelaxMethod(new QuantizationPlan()).Omega(299, 300), 1e-3);
        foreach (int epochs in new[] { 10, 50, 300 })
        {
            Assert.Equal(380.2345, new BinaryRelaxMethod(new QuantizationPlan()).Omega(epochs, epochs), 1e-2);
        }

        Assert.Equal(1.8114, new BinaryRelaxOptions().GrowthFor(10), 1e-4);
        using var relax = new BinaryRelax("w", Partners()) { Omega = 372.7789 };
        Assert.Equal(0.99466, relax.CurrentWeights[0], 1e-5);
    }

    [Fact]
    public void SchedulesEndWhereTheyShould()
    {
        var temperature = new ExponentialSchedule(100, 0.03);
        Assert.Equal(0.03, temperature.At(117_300, 117_300), 1e-9);
        Assert.Equal(100 * 0.9999308487, temperature.At(1, 117_300), 1e-6);
        Assert.All(Enumerable.Range(1, 99), b => Assert.True(temperature.At(b + 1, 100) < temperature.At(b, 100)));
        var cosine = new CosineSchedule(0.1, 0.05);
        Assert.Equal(0.1, Enumerable.Range(1, 1000).Max(b => cosine.At(b, 1000)), 1e-6);
        Assert.InRange(cosine.At(1000, 1000), 0, 1e-5);
        var held = new CosineSchedule(0.1, 0.05, 0.6);
        Assert.All(Enumerable.Range(50, 551), b => Assert.Equal(0.1, held.At(b, 1000), 1e-12));
        Assert.Equal(0.05, held.At(801, 1000), 1e-12);
        Assert.InRange(held.At(1000, 1000), 0, 1e-5);
        Assert.Equal([0.1, 0.01, 0.001], new[] { 1, 40, 90 }.Select(b => new StepSchedule(0.1).At(b, 90)), (x, y) => Math.Abs(x - y) < 1e-12);
    }

    [Fact]
    public void MixturesMustRise() => Assert.Throws<ArgumentException>(() => new BinaryRelax("w", [.. Partners().Reverse()]));

    private static UniformQuantizer[] Partners()
    {
        var range = new MinMaxRange();
        return [new("w", range, 2), new("w", range, 4), new("w", range, 8)];
    }

    private static Attention Create(double temperature)
    {
        var attention = new Attention("w", Partners(), CPU) { Temperature = temperature };
        attention.Normalise();
        return attention;
    }

    [Fact]
    public void SoftmaxAndDotProductsHaveTheGradientsOfTensorOperations()
    {
        using var scope = NewDisposeScope();
        float[][] alphas = [[0.9f, -0.3f, 0.4f], [1.5f, 0.2f]], costs = [[1, 4, 16], [2, -3]];
        var results = new List<float[]>();
        foreach (bool fused in (bool[])[true, false])
        {
            Tensor[] leaves = [.. alphas.Select(v => tensor(v, requires_grad: true))];
            Tensor[] a = [.. leaves.Select(v => fused ? SoftmaxFunction.Apply(v, 0.7) : v.Times(1 / 0.7).softmax(0))];
            var sum = fused ? DotProducts.Sum(a, costs) : a.Zip(costs, (x, c) => x.mul(tensor(c)).sum()).Aggregate((x, y) => x.Plus(y));
            sum.Times(3).Plus(a[0].square().sum()).backward();
            results.Add([.. TensorMemory.ToFloats(sum), .. leaves.SelectMany(v => TensorMemory.ToFloats(v.grad!))]);
        }

        Assert.Equal(results[1], results[0], (p, q) => Math.Abs(p - q) <= 1e-5);
    }
}
