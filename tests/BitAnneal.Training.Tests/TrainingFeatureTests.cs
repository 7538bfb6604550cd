using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Training.Losses;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Methods.Plain;
using BitAnneal.Training.Optimizers;
using BitAnneal.Training.Runs;
using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public sealed class TrainingFeatureTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bitanneal-test-").FullName;

    public static TheoryData<string> Features { get; } = ["smoothing", "mixup", "teacher", "average", "limit", "accumulate", "bfloat16", "batchnorm"];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Features))]
    public void EveryFeatureLearnsAndChangesTheWeights(string feature)
    {
        var options = With(feature, TinyTask.Options with { Epochs = 8 });
        var data = TinyTask.Data(320, 200);
        using var module = Train(options, data);
        Assert.True(Evaluator.Run(module, data.Test).Top1 > 0.7);
        using var plain = Train(TinyTask.Options with { Epochs = 8 }, data);
        bool same = module.ToGraph().Parameters.All(p => p.Value.ContentEquals(plain.ToGraph().Parameters[p.Key]));
        Assert.False(same, "the option changed nothing");
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void EveryFeatureRepeatsAndResumesWithTheSameBitsAndLeavesNoTensor(string feature)
    {
        var options = With(feature, TinyTask.Options);
        Train(options, TinyTask.Data()).Dispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        var run = new RunFolder(Path.Combine(folder, feature)).Create();
        using (var stop = new CancellationTokenSource())
        {
            int steps = 0;
            var counter = new Callback(() =>
            {
                if (++steps == 4)
                {
                    stop.Cancel();
                }
            });
            Assert.ThrowsAny<OperationCanceledException>(() =>
                new Trainer(options, TinyTask.Data(), progress: counter).Train(TinyTask.Network(), new FloatMethod(), CPU, run, teacher: TinyTask.Network(9), stop: stop.Token));
        }

        using (var whole = Train(options, TinyTask.Data()))
        using (var resumed = new Trainer(options, TinyTask.Data()).Train(TinyTask.Network(), new FloatMethod(), CPU, run, resume: true, TinyTask.Network(9)))
        {
            Assert.All(whole.ToGraph().Parameters, p => Assert.True(p.Value.ContentEquals(resumed.ToGraph().Parameters[p.Key]), p.Key));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void AccumulatedBatchesMakeTheGradientOfOneLargeBatch()
    {
        // Without batch normalisation two halves of a batch have the same mean gradient as the whole.
        var graph = new GraphBuilder("flat").Input(new TensorShape(3, 8, 8), Grid.Uniform(8, 0.01f, -1)).Flatten().Linear("head", 4).Build(1);
        var options = TinyTask.Options with { Epochs = 1, Augmentation = Augmentation.None };
        using var whole = new Trainer(options with { BatchSize = 32 }, TinyTask.Data()).Train(graph, new FloatMethod(), CPU);
        using var halves = new Trainer(options with { BatchSize = 16, BatchesPerStep = 2 }, TinyTask.Data()).Train(graph, new FloatMethod(), CPU);
        Assert.Equal(Head(whole), Head(halves), (a, b) => Math.Abs(a - b) < 1e-5);

        static float[] Head(GraphModule module) => module.ToGraph().Parameters["head.weight"].ToFloats();
    }

    [Fact]
    public void LossesMeetTheirFormulas()
    {
        using var scope = NewDisposeScope();
        var graph = new GraphBuilder("flat").Input(new TensorShape(3, 8, 8), Grid.Uniform(8, 0.01f, -1)).Flatten().Linear("head", 4).Build(1);
        using var module = new GraphModule(graph, [], CPU);
        using var teacher = new GraphModule(graph.WithParameters([new("head.weight", new FloatTensor(new TensorShape(4, 192), [.. Enumerable.Range(0, 768).Select(i => (i % 7 - 3) * 0.02f)]))]), [], CPU);
        var data = TinyTask.Data();
        using var batch = new BatchLoader(data.Train, Grid.Uniform(8, 0.01f, -1), 8).Read(0).First();
        var pixels = Evaluator.ToTensor(batch, data.Train.Shape, CPU);
        double[][] logP = LogProbabilities(module.call(pixels), 1), teacherP = LogProbabilities(teacher.call(pixels), 3), studentP = LogProbabilities(module.call(pixels), 3);
        double entropy = logP.Select((row, i) => -row[batch.Labels[i]]).Average();

        double smoothed = 0.9 * entropy + 0.1 * logP.Average(row => -row.Average());
        Assert.Equal(smoothed, Value(new TrainingOptions { LabelSmoothing = 0.1 }, null), 1e-5);

        double divergence = teacherP.Zip(studentP).Average(p => p.First.Zip(p.Second).Sum(q => Math.Exp(q.First) * (q.First - q.Second)));
        Assert.Equal(0.3 * entropy + 0.7 * 9 * divergence, Value(new TrainingOptions { Distillation = new Distillation(0.7, 3) }, teacher), 1e-4);

        double Value(TrainingOptions options, GraphModule? guide) => new TrainingLoss(options, guide).Of(module, pixels, batch, 0).item<float>();
    }

    [Fact]
    public void GradientsAreScaledToTheLimit()
    {
        using var scope = NewDisposeScope();
        using var w = tensor(new[] { 0f, 0 }, requires_grad: true);
        using var optimizer = new SgdOptimizer([new TrainableTensor("w", w, TrainableKind.Other)], 0, 0, 0);
        w.mul(tensor(new[] { 3f, 4 })).sum().backward();
        optimizer.Step(1, gradientLimit: 2.5);
        Assert.Equal([-1.5f, -2], TensorMemory.ToFloats(w), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void TheAverageFollowsTheWeights()
    {
        using var module = new FloatMethod().Prepare(TinyTask.Network(), CPU);
        using var average = new WeightAverage(module, 0.9);
        var weight = module.Latent("head.weight");
        float start = TensorMemory.ToFloats(weight)[0];
        TensorMemory.CopyInto(weight.detach(), new float[32]);
        average.Update();
        average.Exchange();
        Assert.Equal(0.9f * start, TensorMemory.ToFloats(weight)[0], 1e-6);
        average.Exchange();
        Assert.Equal(0, TensorMemory.ToFloats(weight)[0]);
    }

    [Fact]
    public void BetaSharesHaveTheirMoments()
    {
        var random = new SeededRandom(4);
        foreach (double alpha in (double[])[0.2, 1, 3])
        {
            double[] shares = [.. Enumerable.Range(0, 20_000).Select(_ => random.NextBeta(alpha))];
            Assert.All(shares, s => Assert.InRange(s, 0, 1));
            Assert.Equal(0.5, shares.Average(), 0.02);
            Assert.Equal(1 / (4 * (2 * alpha + 1)), shares.Average(s => (s - 0.5) * (s - 0.5)), 0.01); // Var = 1/(4·(2α + 1))
        }
    }

    [Fact]
    public void FaultyOptionsAreAllListed()
    {
        var options = new TrainingOptions
        {
            LabelSmoothing = 1, Mixup = -1, AverageDecay = double.NaN, GradientLimit = double.PositiveInfinity, BatchesPerStep = 0, Distillation = new Distillation(2, 0),
        };
        Assert.Equal(6, options.Faults().Count());
        Assert.Throws<BitAnnealException>(() => new Trainer(TinyTask.Options with { Distillation = new Distillation() }, TinyTask.Data()).Train(TinyTask.Network(), new FloatMethod(), CPU));
    }

    [Fact]
    public void AFingerprintHoldsEverythingThatAMethodWasTold()
    {
        var a = new PlainMethod(TinyTask.Plan).Fingerprint;
        Assert.Contains("pact2 pact4 pact8", a, StringComparison.Ordinal);
        Assert.NotEqual(new Methods.Dqa.DqaMethod(TinyTask.Plan).Fingerprint, new Methods.Dqa.DqaMethod(TinyTask.Plan, new Methods.Dqa.DqaOptions { Lambda = 3 }).Fingerprint);
    }

    private static TrainingOptions With(string feature, TrainingOptions options) => feature switch
    {
        "smoothing" => options with { LabelSmoothing = 0.1 },
        "mixup" => options with { Mixup = 0.2 },
        "teacher" => options with { Distillation = new Distillation(0.3) },
        "average" => options with { AverageDecay = 0.8 },
        "limit" => options with { GradientLimit = 0.5 },
        "accumulate" => options with { BatchSize = 8, BatchesPerStep = 2 },
        "bfloat16" => options with { ComputeType = ComputeType.BFloat16 },
        _ => options with { BatchNormBatches = 3 },
    };

    private static GraphModule Train(TrainingOptions options, ImageDataset data) =>
        new Trainer(options, data).Train(TinyTask.Network(), new FloatMethod(), CPU, teacher: TinyTask.Network(9));

    private static double[][] LogProbabilities(Tensor logits, double temperature)
    {
        float[] values = TensorMemory.ToFloats(logits);
        return [.. values.Chunk(4).Select(row =>
        {
            double sum = Math.Log(row.Sum(v => Math.Exp(v / temperature)));
            return row.Select(v => v / temperature - sum).ToArray();
        })];
    }

    private sealed class Callback(Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action();
    }
}
