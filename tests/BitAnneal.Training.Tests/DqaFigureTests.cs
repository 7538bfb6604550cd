using BitAnneal.Graphs;
using BitAnneal.Tests;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Methods.Dqa.Figures;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Methods.Plain;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Runs;
using BitAnneal.Training.Schedules;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

/// <summary>dqa.md, section 13.</summary>
public class DqaFigureTests
{
    private static readonly double[] Equidistant = ReferenceWeights.Equidistant(), Normal = ReferenceWeights.Normal();

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.975, 1.959963984540)]
    [InlineData(0.02, -2.053748910631)]
    [InlineData(0.3, -0.524400512708)]
    [InlineData(0.00025, -3.480756404061)]
    [InlineData(1e-10, -6.361340902404)]
    public void NormalQuantilesMeetTheTables(double probability, double expected)
    {
        Assert.Equal(expected, NormalQuantile.Of(probability), 1e-8);
        Assert.Equal(-expected, NormalQuantile.Of(1 - probability), probability < 1e-9 ? 1e-6 : 1e-8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void OnlyProbabilitiesHaveAQuantile(double probability) => Assert.Throws<ArgumentOutOfRangeException>(() => NormalQuantile.Of(probability));

    [Theory]
    [InlineData(double.PositiveInfinity, 0.08329, 0.05778, 0.05778)]
    [InlineData(10, 0.08537, 0.05910, 0.05873)]
    [InlineData(1, 0.10369, 0.07144, 0.06694)]
    [InlineData(0.5, 0.12178, 0.08566, 0.07525)]
    [InlineData(0.3, 0.14012, 0.10408, 0.08477)]
    [InlineData(0.2, 0.15395, 0.12395, 0.09427)]
    [InlineData(0.1, 0.16547, 0.15587, 0.11300)]
    [InlineData(0.05, 0.16658, 0.16603, 0.13566)]
    [InlineData(0.03, 0.16658, 0.16657, 0.15305)]
    public void TheErrorOnEquidistantWeightsMeetsTheSpecification(double temperature, params double[] expected) => AssertErrors(expected, Equidistant, temperature);

    [Theory]
    [InlineData(double.PositiveInfinity, 0.29600, 0.20521, 0.20521)]
    [InlineData(10, 0.30339, 0.20988, 0.20856)]
    [InlineData(1, 0.36849, 0.25373, 0.23772)]
    [InlineData(0.5, 0.43278, 0.30430, 0.26727)]
    [InlineData(0.3, 0.49794, 0.36978, 0.30107)]
    [InlineData(0.2, 0.54708, 0.44041, 0.33485)]
    [InlineData(0.1, 0.58803, 0.55390, 0.40144)]
    [InlineData(0.05, 0.59196, 0.59001, 0.48201)]
    [InlineData(0.03, 0.59199, 0.59195, 0.54387)]
    public void TheErrorOnNormalWeightsMeetsTheSpecification(double temperature, params double[] expected) => AssertErrors(expected, Normal, temperature);

    [Fact]
    public void TheErrorOfDqaIsBelowThatOfBinaryRelaxAtEveryTemperature()
    {
        double[] temperatures = QuantizationError.Temperatures(100, 0.03, 500);
        Assert.Equal((100, 0.03), (temperatures[0], temperatures[^1]));
        foreach (double[] weights in new[] { Equidistant, Normal })
        {
            var (relax, dqa) = (new QuantizationError(FixedMixture.BinaryRelax, weights), new QuantizationError(FixedMixture.Dqa, weights));
            Assert.All(temperatures, t => Assert.True(dqa.At(t) < relax.At(t), $"T = {t}"));
        }
    }

    [Fact]
    public void TheErrorIsThatOfTheQuantizersOfTraining()
    {
        using var scope = NewDisposeScope();
        var w = tensor(Normal.Select(v => (float)v).ToArray());
        var range = new MinMaxRange();
        using var attention = new Attention("w", [new UniformQuantizer("w", range, 2), new UniformQuantizer("w", range, 4), new UniformQuantizer("w", range, 8)], CPU) { Temperature = 0.7 };
        double error = TensorMemory.ToFloats(attention.Apply(w, training: true)).Zip(Normal, (q, v) => Math.Abs(q - v)).Average();
        Assert.Equal(error, new QuantizationError(new FixedMixture("eq. 7", [2, 4, 8], [6 / 7.0, 5 / 7.0, 3 / 7.0]), Normal).At(0.7), 1e-6);
    }

    [Fact] // dqa.md, section 15.2
    public void TheEffectiveQuantizerIsTheMixtureOfTheSpecification()
    {
        var range = new ClipRange(-1, 1);
        float[] w = [-1, -0.2f, 0.3f, 1];
        Assert.Equal([-1, -0.280325f, 0.330682f, 1], EffectiveQuantizer.Of(w, [2, 4, 8], [range, range, range], [0.602437, 0.313040, 0.084523]), (x, y) => Math.Abs(x - y) < 2e-6);
        Assert.Equal([-1, -1 / 3f, 1 / 3f, 1], EffectiveQuantizer.Of(w, [2], [range], [1]), (x, y) => Math.Abs(x - y) < 1e-6);
        Assert.Equal([-1, -0.2667f, 0.3167f, 1], EffectiveQuantizer.Of(w, [2, 32], [range, default], [0.5, 0.5]), (x, y) => Math.Abs(x - y) < 1e-4);
    }

    [Fact]
    public void TheRangeOfEveryStepIsLogged()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.Root).Create();
        var method = new DqaMethod(TinyTask.Plan);
        using var module = new Trainer(TinyTask.Options, TinyTask.Data()).Train(TinyTask.Network(), method, CPU, run);
        var metrics = method.Metrics().ToDictionary(StringComparer.Ordinal);
        float[] last = TensorMemory.ToFloats(module.Latent("conv1.weight"));
        Assert.InRange(metrics["range/conv1.weight/2/max"], 0.5 * last.Max(), 2 * last.Max());
        Assert.All(File.ReadLines(run.Metrics).Where(l => l.Contains("attention", StringComparison.Ordinal)), line => Assert.Contains("range/conv1.weight/2/min", line, StringComparison.Ordinal));
        Assert.Contains("range/", metrics.Keys.Single(k => k.StartsWith("range/head", StringComparison.Ordinal) && k.EndsWith("/min", StringComparison.Ordinal)), StringComparison.Ordinal); // One range for all widths.
    }

    [Fact]
    public void GridsOfOtherKindsLogNoRange()
    {
        var method = new DqaMethod(new QuantizationPlan { Weights = [.. new[] { "bwn", "twn" }.Select(QuantizerSpec.Parse)], Activations = [QuantizerSpec.FullPrecision] });
        using var module = method.Prepare(TinyTask.Network(), CPU);
        using var scope = NewDisposeScope();
        module.call(ones(2, 3, 8, 8));
        Assert.Contains(method.Metrics(), m => m.Key == "attention/conv1.weight/1");
        Assert.DoesNotContain(method.Metrics(), m => m.Key.StartsWith("range/", StringComparison.Ordinal));
    }

    [Fact]
    public void EveryFilterOfADirectionIsAsLongAsThatOfTheWeights()
    {
        var graph = TinyTask.Network();
        var direction = FilterDirection.Draw(graph, new SeededRandom(1));
        Assert.Equal(["conv1.weight", "conv2.weight", "head.weight"], direction.Select(d => d.Name));
        foreach (var (name, value) in direction)
        {
            var (size, weights) = ((int)(value.Shape.ElementCount / value.Shape[0]), graph.Parameters[name].ToFloats());
            Assert.Equal(weights.Chunk(size).Select(Norm), value.ToFloats().Chunk(size).Select(Norm), (a, b) => Math.Abs(a - b) < 1e-5 * a);
        }

        Assert.Equal(direction[0].Value.ToFloats(), FilterDirection.Draw(graph, new SeededRandom(1))[0].Value.ToFloats());
        Assert.NotEqual(direction[0].Value.ToFloats(), FilterDirection.Draw(graph, new SeededRandom(2))[0].Value.ToFloats());

        static double Norm(float[] filter) => Math.Sqrt(filter.Sum(v => (double)v * v));
    }

    [Fact]
    public void ASurfaceLeavesWeightsAndMemoryAsTheyWere()
    {
        Surface(new FloatMethod()); // Static tensors of the library are made on first use.
        Collect();
        long before = Tensor.TotalCount;
        var (surface, graph) = (Surface(new FloatMethod()), TinyTask.Network());
        Collect();
        Assert.Equal(before, Tensor.TotalCount);
        using (var images = new LossSurface(TinyTask.Data().Train, graph, CPU))
        using (var module = new FloatMethod().Prepare(graph, CPU))
        {
            var (x, y) = Directions(graph);
            Assert.Equal(surface.Cast<double>(), images.Of(module, x, y, 3).Cast<double>());
            Assert.Equal(graph.Parameters["conv2.weight"].ToFloats(), TensorMemory.ToFloats(module.Latent("conv2.weight")));
            Assert.Equal(surface[1, 1], images.Of(module, x, y, 5)[2, 2], 1e-6); // The middle is θ whatever the grid.
            Assert.Equal(surface[0, 2], images.Of(module, x, y, 5)[0, 4], 1e-6); // x = 1, y = −1.
        }

        var (dx, dy) = Directions(graph);
        var moved = graph.WithParameters(dx.Zip(dy, (a, b) => KeyValuePair.Create(
            a.Name, (GraphTensor)new FloatTensor(a.Value.Shape, [.. graph.Parameters[a.Name].ToFloats().Select((w, i) => w + a.Value.ToFloats()[i] - b.Value.ToFloats()[i])]))));
        using var there = new LossSurface(TinyTask.Data().Train, moved, CPU);
        using var movedModule = new FloatMethod().Prepare(moved, CPU);
        Assert.Equal(surface[0, 2], there.Of(movedModule, dx, dy, 3)[1, 1], 1e-5);
    }

    [Fact]
    public void TheMixtureOfTheFirstStepLiesBetweenFloatAndTwoBits()
    {
        var plan = new QuantizationPlan { Activations = [QuantizerSpec.FullPrecision] };
        double real = Roughness.Of(Surface(new FloatMethod(), 9)).Curvature;
        double mixture = Roughness.Of(Surface(new DqaMethod(plan, new DqaOptions { Temperature = new ConstantSchedule(100) }), 9)).Curvature;
        double two = Roughness.Of(Surface(new PlainMethod(plan), 9)).Curvature;
        Assert.True(real < mixture && mixture < two, $"{real} {mixture} {two}");
    }

    [Fact]
    public void RoughnessCountsMinimaAndDifferences()
    {
        double[,] bowl = new double[5, 5], flat = new double[5, 5], spikes = new double[5, 5];
        for (int i = 0; i < 25; i++)
        {
            bowl[i / 5, i % 5] = ((i / 5) - 2) * ((i / 5) - 2) + ((i % 5) - 2) * ((i % 5) - 2);
            flat[i / 5, i % 5] = 7;
        }

        (spikes[1, 1], spikes[3, 3], spikes[0, 4]) = (-1, -2, -9);
        Assert.Equal(new Roughness(1, 2, 80), Roughness.Of(bowl));
        Assert.Equal(new Roughness(0, 0, 0), Roughness.Of(flat));
        Assert.Equal((2, 4 + 8 + 18.0), (Roughness.Of(spikes).Minima, Roughness.Of(spikes).Variation)); // An edge is no inner point.
    }

    private static void AssertErrors(double[] expected, double[] weights, double temperature) => Assert.Equal(
        expected, new[] { FixedMixture.BinaryRelax, FixedMixture.Dqa, FixedMixture.DqaAsPrinted }.Select(m => new QuantizationError(m, weights).At(temperature)), (a, b) => Math.Abs(a - b) <= 5.1e-6);

    private static (IReadOnlyList<(string Name, FloatTensor Value)> X, IReadOnlyList<(string Name, FloatTensor Value)> Y) Directions(Graph graph) =>
        (FilterDirection.Draw(graph, new SeededRandom(1)), FilterDirection.Draw(graph, new SeededRandom(2)));

    private static double[,] Surface(IMethod method, int points = 3)
    {
        var graph = TinyTask.Network();
        using var surface = new LossSurface(TinyTask.Data().Train, graph, CPU);
        using var module = method.Prepare(graph, CPU);
        method.BeforeStep(new StepPosition(1, 1, 0, 1));
        var (x, y) = Directions(graph);
        return surface.Of(module, x, y, points);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
}
