using BitAnneal.Graphs;
using BitAnneal.Graphs.Passes;
using BitAnneal.Models;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class FusedActivationTests
{
    public static TheoryData<string> Mixtures { get; } = new("minmax2 minmax4 minmax8", "minmax1 minmax3", "minmax3", "minmax2 minmax3 minmax4 minmax5", "minmax2 float", "pact2 pact4 pact8", "pact4:plus", "pact2 float");

    [Theory]
    [MemberData(nameof(Mixtures))]
    public void AFusedActivationIsTheSumAndTheRectifierInFront(string names)
    {
        var random = new SeededRandom(5);
        for (int trial = 0; trial < 32; trial++)
        {
            using var scope = NewDisposeScope();
            manual_seed(trial);
            long[] shape = [1 + random.Next(4), 1 + random.Next(9), 1 + random.Next(40), 1 + random.Next(40)];
            var (sums, keeps, owns, rectifier) = (trial % 2 == 0, trial / 2 % 2 == 0, trial / 4 % 2 == 0, (Rectifier)random.Next(3));
            var parts = Enumerable.Range(0, 4).Select(_ => randn(shape).Times(4)).Select(t => random.Next(3) == 0 ? t : TensorMemory.ChannelsLast(t)).ToArray(); // x, b and the gradients of q and v
            bool reachesMixture = !keeps || random.Next(4) > 0, reachesValue = keeps && (!reachesMixture || random.Next(4) > 0);
            float[] raw = [.. names.Split(' ').Select(_ => (float)random.NextDouble(0.1, 1))], weights = [.. raw.Select(r => r / raw.Sum())];
            var results = new List<float[][]>();
            foreach (bool fused in (bool[])[true, false])
            {
                var quantizers = Create(names);
                var m = tensor(weights, requires_grad: true);
                var (x, b) = (parts[0].clone().detach().requires_grad_(), parts[1].detach().requires_grad_());
                var input = new QuantizerInput(x, sums ? b : null, rectifier, keeps, owns && fused);
                var (q, v) = fused ? Mixture.ApplyFused(input, m, quantizers, training: true, "x") : Composed(input, m, quantizers);
                Assert.Equal(keeps, v is not null);
                var loss = (reachesMixture, reachesValue) switch
                {
                    (true, true) => q.mul(parts[2]).sum().Plus(v!.mul(parts[3]).sum()),
                    (true, false) => q.mul(parts[2]).sum(),
                    _ => v!.mul(parts[3]).sum(),
                };
                loss.backward();
                results.Add([
                    TensorMemory.ToFloats(q), v is null ? [] : TensorMemory.ToFloats(v), TensorMemory.ToFloats(x.grad!), sums ? TensorMemory.ToFloats(b.grad!) : [], Gradient(m),
                    .. quantizers[0].Parameters.Select(p => Gradient(p.Value)), quantizers[0].Range.State]);
            }

            double size = Math.Sqrt(parts[0].numel());
            int apart = results[1][0].Zip(results[0][0]).Count(p => Math.Abs(p.First - p.Second) > 1e-5); // On the edge of two codes.
            Assert.True(apart <= 2, $"trial {trial}: {apart} values");
            Assert.Equal(results[1][1], results[0][1]);
            for (int i = 2; i < results[0].Length; i++)
            {
                Assert.Equal(results[1][i], results[0][i], (p, r) => Math.Abs(p - r) <= (i < 4 ? 4e-5 : 8e-4 * size));
            }
        }
    }

    [Fact]
    public void NumberOfThreadsChangesNoBit()
    {
        int threads = get_num_threads();
        try
        {
            var results = new List<float[][]>();
            foreach (int count in (int[])[1, 2, 3])
            {
                using var scope = NewDisposeScope();
                set_num_threads(count);
                manual_seed(1);
                var quantizers = Create("minmax2 minmax4 minmax8");
                var (x, b, m) = (randn(100_003, requires_grad: true), randn(100_003, requires_grad: true), tensor(new[] { 0.5f, 0.3f, 0.2f }, requires_grad: true));
                var (q, v) = Mixture.ApplyFused(new QuantizerInput(x, b, Rectifier.Relu, KeepsValue: true), m, quantizers, training: true, "x");
                q.mul(randn(100_003)).sum().Plus(v!.mul(randn(100_003)).sum()).backward();
                results.Add([TensorMemory.ToFloats(q), TensorMemory.ToFloats(v), TensorMemory.ToFloats(x.grad!), Gradient(m), quantizers[0].Range.State]);
            }

            Assert.All(results, r => Assert.Equal(results[0], r));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(16_384)]
    [InlineData(40_001)]
    public void RangeIsThatOfTheValueAndFaultsAreSeen(int count)
    {
        using var scope = NewDisposeScope();
        manual_seed(count);
        var (x, b) = (randn(count), randn(count));
        foreach (bool rectified in (bool[])[true, false])
        {
            var result = empty(count);
            float[] expected = [.. TensorMemory.ToFloats(x).Zip(TensorMemory.ToFloats(b), (p, q) => rectified ? Math.Max(p + q, 0) : p + q)];
            Assert.Equal(new ClipRange(expected.Min(), expected.Max()), ActivationKernel.Run(x, b, rectified, result));
            Assert.Equal(expected, TensorMemory.ToFloats(result));
        }

        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            foreach (int place in (int[])[0, count / 2, count - 1])
            {
                float[] values = TensorMemory.ToFloats(x);
                values[place] = bad;
                Assert.Contains("here", Assert.Throws<BitAnnealException>(() => MinMax.Of(tensor(values), "here")).Message, StringComparison.Ordinal);
                Assert.Throws<BitAnnealException>(() => Mixture.ApplyFused(new QuantizerInput(tensor(values), b, Rectifier.Relu, KeepsValue: true), null, Create("minmax3"), true, "here"));
            }
        }
    }

    [Fact]
    public void EveryReluOfAResNetIsDrawnIntoAQuantizerOrReadByNone()
    {
        var graph = InsertQuantizers.Apply(ModelCatalog.Create("resnet20", 1), n => n.Operator is Graphs.Operators.Conv2d or Graphs.Operators.Linear);
        var steps = ExecutionPlan.Of(graph);
        Assert.Equal(18, steps.Count(s => s is { Site: not null, Rectifier: Rectifier.Relu }));
        Assert.Equal(18, steps.Count(s => s.OwnsInput));
        Assert.Equal(8, steps.Count(s => s is { Rectifier: Rectifier.Relu, Inputs.Length: 2, KeepsValue: true }));
        Assert.Equal(graph.Nodes.Select(n => n.Name).Intersect(graph.Nodes.Where(n => n.Operator is Graphs.Operators.Quantize).Select(n => n.Name)).Order(), steps.Select(s => s.Site).OfType<string>().Order());
    }

    [Fact]
    public void EveryRelu6OfAMobileNetIsDrawnIntoAQuantizer()
    {
        var graph = InsertQuantizers.Apply(ModelCatalog.Create("mobilenetv2", 1), n => n.Operator is Graphs.Operators.Conv2d or Graphs.Operators.Linear);
        var steps = ExecutionPlan.Of(graph);
        Assert.Equal(34, steps.Count(s => s is { Site: not null, Rectifier: Rectifier.Relu6 }));
        Assert.Single(steps, s => s.Node.Operator is Graphs.Operators.Relu6); // The last one is averaged first.
    }

    [Theory]
    [InlineData(false, "minmax2 minmax4 minmax8")]
    [InlineData(true, "minmax2 minmax4 minmax8")]
    [InlineData(true, "minmax2 float")]
    [InlineData(true, "minmax3")]
    [InlineData(true, "pact3")]
    public void AResidualNetworkTrainsAsWithoutFusion(bool shortcutComesFirst, string names)
    {
        var graph = InsertQuantizers.Apply(shortcutComesFirst ? ShortcutFirst() : Residual(), n => n.Operator is Graphs.Operators.Conv2d);
        var results = new List<Dictionary<string, float[]>>();
        foreach (bool fused in (bool[])[true, false])
        {
            using var scope = NewDisposeScope();
            manual_seed(3);
            Quantizer[] quantizers = [.. graph.Nodes.Where(n => n.Operator is Graphs.Operators.Quantize).Select(n => Mixed(n.Name, names)).Select(q => fused ? q : new Unfused(q))];
            using var module = new GraphModule(graph, quantizers, CPU);
            module.train();
            var y = module.call(TensorMemory.ChannelsLast(randn(4, 3, 9, 7)));
            y.mul(randn_like(y)).sum().backward();
            var result = module.Trainables.Where(t => t.Value.grad is not null).ToDictionary(t => t.Name, t => TensorMemory.ToFloats(t.Value.grad!));
            result.Add("y", TensorMemory.ToFloats(y));
            results.Add(result);
        }

        foreach (var (name, expected) in results[1])
        {
            double scale = expected.Max(Math.Abs) + 1e-3;
            Assert.Equal(expected, results[0][name], (p, q) => Math.Abs(p - q) <= 1e-4 * scale);
        }
    }

    [Fact]
    public void NoTensorOutlivesTheGraph()
    {
        for (int i = 0; i < 2; i++)
        {
            long before = Tensor.TotalCount;
            using (NewDisposeScope())
            {
                var quantizers = Create("minmax2 minmax4");
                var x = randn(50, requires_grad: true);
                var (q, v) = Mixture.ApplyFused(new QuantizerInput(x, null, Rectifier.Relu, KeepsValue: true), tensor(new[] { 0.5f, 0.5f }), quantizers, true, "x");
                (i == 0 ? q.sum().Plus(v!.sum()) : q.sum()).backward();
                using var unused = Mixture.ApplyFused(new QuantizerInput(x, x), null, Create("minmax2"), true, "x").Quantized;
            }

            Assert.Equal(before, Tensor.TotalCount);
        }
    }

    [Fact]
    public void ARangeBelowZeroGetsItsRectifierInFront()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { -3f, -1f, 0.5f, 2f });
        using var quantizer = new UniformQuantizer("x", new SawbRange(4), 2);
        var fused = quantizer.ApplyFused(new QuantizerInput(x, Rectifier: Rectifier.Relu), training: true).Quantized;
        Assert.Equal(TensorMemory.ToFloats(quantizer.Apply(x.relu(), training: true)), TensorMemory.ToFloats(fused));
    }

    /// <summary>Every sum has the value that is kept as its first operand.</summary>
    private static Graph ShortcutFirst()
    {
        var builder = new GraphBuilder("shortcut-first").Input(new TensorShape(3, 9, 7)).Conv2d("stem", 5, 3, padding: 1).BatchNorm("stem.bn").Conv2d("one", 5, 3, padding: 1).BatchNorm("one.bn");
        builder = builder.From("stem.bn").Add("one.bn", "sum").Conv2d("two", 5, 3, padding: 1).BatchNorm("two.bn");
        return builder.From("sum").Add("two.bn", "last").Conv2d("three", 4, 1).Build(2);
    }

    private static Graph Residual()
    {
        var builder = new GraphBuilder("residual").Input(new TensorShape(3, 9, 7)).Conv2d("stem", 5, 3, padding: 1).BatchNorm("stem.bn").Relu("start")
            .Conv2d("one", 5, 3, padding: 1).BatchNorm("one.bn").Add("start", "sum").Relu("middle")
            .Conv2d("two", 5, 3, padding: 1).BatchNorm("two.bn").Relu("inner")
            .Conv2d("three", 5, 1).BatchNorm("three.bn").Add("middle", "linear") // No ReLU behind this one.
            .Conv2d("four", 5, 3, padding: 1).BatchNorm("four.bn").Add("linear", "last").Relu("end").Conv2d("five", 4, 1);
        return builder.Build(2);
    }

    private static (Tensor Quantized, Tensor? Value) Composed(QuantizerInput input, Tensor m, IReadOnlyList<UniformQuantizer> quantizers)
    {
        var v = input.Compute();
        var values = new Observation(v, true, "x");
        return (MixtureReference.Apply(v, m, [.. quantizers.Select(q => q.Partners(values))], quantizers[0].Range.Clip), input.KeepsValue ? v : null);
    }

    private static IReadOnlyList<UniformQuantizer> Create(string names)
    {
        QuantizerSpec[] specs = [.. names.Split(' ').Select(QuantizerSpec.Parse)];
        return QuantizerRegistry.Create(new QuantizationSite("x", SiteKind.Activation, 1, [.. specs]), specs, 1.3f, CPU);
    }

    private static Quantizer Mixed(string site, string names)
    {
        QuantizerSpec[] specs = [.. names.Split(' ').Select(QuantizerSpec.Parse)];
        var partners = QuantizerRegistry.Create(new QuantizationSite(site, SiteKind.Activation, 1, [.. specs]), specs, 3, CPU);
        return partners.Count == 1 ? partners[0] : new Attention(site, partners, CPU);
    }

    private static float[] Gradient(Tensor tensor) => tensor.grad is { } g ? TensorMemory.ToFloats(g) : new float[tensor.numel()];

    /// <summary>Knows nothing of sums and ReLUs: the base class carries them out in tensor operations.</summary>
    private sealed class Unfused(Quantizer inner) : Quantizer(inner.Site)
    {
        public override UniformQuantizer Target => inner.Target;

        public override IReadOnlyList<(string Role, Tensor Value)> Parameters => inner.Parameters;

        public override IReadOnlyList<QuantizerRange> Ranges => inner.Ranges;

        public override Tensor Apply(Tensor x, bool training) => inner.Apply(x, training);

        public override void Dispose()
        {
            inner.Dispose();
            base.Dispose();
            GC.SuppressFinalize(this);
        }
    }
}
