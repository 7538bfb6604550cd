using System.Security.Cryptography;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Runtime;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.BinaryRelax;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Methods.Plain;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Runs;
using BitAnneal.Training.Schedules;
using BitAnneal.Training.Tensors;
using TorchSharp;

namespace BitAnneal.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bitanneal-test-").FullName;

    public static TheoryData<string> Methods { get; } = ["float", "plain", "binary-relax", "dqa"];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Methods))]
    public void SameSeedSameBytesAndNoTensorIsLeft(string method)
    {
        Train(method, 1).Dispose(); // Static tensors of the library are made on first use.
        Collect();
        long before = torch.Tensor.TotalCount;
        string first = Hash(method), second = Hash(method);
        Collect();
        Assert.Equal(first, second);
        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    [Theory]
    [InlineData("plain", 3)]
    [InlineData("dqa", 5)]
    [InlineData("dqa", 6)]
    [InlineData("float", 11)]
    public void AStoppedRunContinuesWithTheSameBits(string method, int stopAfter)
    {
        using var whole = Train(method, 2);
        var run = new RunFolder(Path.Combine(folder, "run")).Create();
        using var stop = new CancellationTokenSource();
        int steps = 0;
        var counter = new Callback(_ =>
        {
            if (++steps == stopAfter)
            {
                stop.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            new Trainer(TinyTask.Options, TinyTask.Data(), progress: counter).Train(TinyTask.Network(), Create(method), torch.CPU, run, stop: stop.Token));
        Assert.Equal(stopAfter, steps);
        using var resumed = new Trainer(TinyTask.Options, TinyTask.Data()).Train(TinyTask.Network(), Create(method), torch.CPU, run, resume: true);
        AssertSame(whole, resumed);
        int[] logged = [.. File.ReadLines(run.Metrics).Where(l => l.Contains("\"loss\"", StringComparison.Ordinal)).Select(l => int.Parse(l.Split(':', ',')[1], null))];
        Assert.Equal(Enumerable.Range(1, 12), logged);
        Assert.Equal(2, File.ReadLines(run.Metrics).Count(l => l.Contains("test.top1", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("binary-relax")]
    [InlineData("dqa")]
    public void AMethodServesSeveralTrainings(string name)
    {
        var method = Create(name);
        var trainer = new Trainer(TinyTask.Options, TinyTask.Data());
        using var first = trainer.Train(TinyTask.Network(), method, torch.CPU);
        using var second = trainer.Train(TinyTask.Network(), method, torch.CPU);
        AssertSame(first, second);
    }

    [Theory]
    [InlineData("binary-relax")]
    [InlineData("dqa")]
    public void AFinishedRunFreezesAgainAfterARestart(string method)
    {
        var run = new RunFolder(folder);
        using var first = Train(method, 2, run);
        using var again = new Trainer(TinyTask.Options, TinyTask.Data()).Train(TinyTask.Network(), Create(method), torch.CPU, run, resume: true);
        Assert.Equal(OnnxExporter.ToBytes(Freezer.Freeze(first).Graph), OnnxExporter.ToBytes(Freezer.Freeze(again).Graph));
    }

    [Fact]
    public void ACheckpointOfAnotherRunIsRefused()
    {
        var run = new RunFolder(folder);
        Train("plain", 1, run).Dispose();
        var e = Assert.Throws<BitAnnealException>(() => new Trainer(TinyTask.Options with { WeightDecay = 0 }, TinyTask.Data()).Train(TinyTask.Network(), Create("plain"), torch.CPU, run, resume: true));
        Assert.Contains(run.Checkpoint, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void LearnsAndTheEngineAgrees(string method)
    {
        var options = TinyTask.Options with { Epochs = 8 };
        var data = TinyTask.Data(320, 200);
        using var module = new Trainer(options, data).Train(TinyTask.Network(), Create(method), torch.CPU);
        module.Collapsed = true;
        var evaluation = Evaluator.Run(module, data.Test);
        Assert.True(evaluation.Top1 > 0.8, $"top-1 {evaluation.Top1:P1}");
        if (method == "float")
        {
            return;
        }

        var frozen = Freezer.Freeze(module);
        Assert.All(frozen.Graph.Parameters.Where(p => p.Key.EndsWith("weight", StringComparison.Ordinal)), p => Assert.IsType<QuantizedTensor>(p.Value));
        var session = IntegerSession.Create(OnnxImporter.Parse(OnnxExporter.ToBytes(frozen.Graph), "memory"));
        float[] logits = new float[data.Test.Count * 4];
        session.RunBatch(((ImageSet)data.Test).Pixels, logits);
        int same = Enumerable.Range(0, data.Test.Count).Count(i => Array.IndexOf(logits[(4 * i)..(4 * i + 4)], logits[(4 * i)..(4 * i + 4)].Max()) == evaluation.Predictions[i]);
        Assert.True(same >= data.Test.Count * 0.98, $"{same} of {data.Test.Count} answers agree");
    }

    [Fact]
    public void UnsettledAttentionStopsTheFreezeAndIsListed()
    {
        var method = new DqaMethod(TinyTask.Plan, new DqaOptions { Temperature = new ConstantSchedule(50) });
        using var module = new Trainer(TinyTask.Options with { Epochs = 1 }, TinyTask.Data()).Train(TinyTask.Network(), method, torch.CPU);
        var e = Assert.Throws<BitAnnealException>(() => Freezer.Freeze(module));
        Assert.Contains("conv1.weight", e.Message, StringComparison.Ordinal);
        Assert.Contains("--allow-unsettled", e.Message, StringComparison.Ordinal);
        Assert.Equal(5, Freezer.Freeze(module, allowUnsettled: true).Sites.Count(s => s.Grid.Bits == 2));
    }

    [Fact]
    public void ADivergedTrainingSaysSo()
    {
        var options = TinyTask.Options with { LearningRate = new ConstantSchedule(1e12), Epochs = 20 };
        var e = Assert.Throws<BitAnnealException>(() => new Trainer(options, TinyTask.Data()).Train(TinyTask.Network(), Create("float"), torch.CPU));
        Assert.Contains("learning rate", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadOptionsAndImagesAreRefusedBeforeWorkStarts()
    {
        Assert.Throws<BitAnnealException>(() => new Trainer(TinyTask.Options with { Epochs = 0, Momentum = 2 }, TinyTask.Data()).Train(TinyTask.Network(), Create("float"), torch.CPU));
        Assert.Throws<BitAnnealException>(() => new Trainer(TinyTask.Options, SyntheticImages.Create(1, 20, 20)).Train(TinyTask.Network(), Create("float"), torch.CPU));
        Assert.Throws<BitAnnealException>(() => new PlainMethod(TinyTask.Plan with { Weights = [QuantizerSpec.Parse("pact2")] }).Prepare(TinyTask.Network(), torch.CPU));
        Assert.Throws<BitAnnealException>(() => new PlainMethod(TinyTask.Plan with { Rules = [LayerRule.FullPrecision("conv9")] }).Prepare(TinyTask.Network(), torch.CPU));
    }

    [Fact]
    public void FiveThousandStepsSurviveAThreadThatCollectsGarbage()
    {
        var options = TinyTask.Options with { Epochs = 834, LearningRate = new ConstantSchedule(0.01), EvaluateEvery = 1000 };
        Assert.True(options.Epochs * 6 >= 5000);
        using var quiet = new Trainer(options, TinyTask.Data(96, 8)).Train(TinyTask.Network(), Create("dqa"), torch.CPU);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            using var stressed = new Trainer(options, TinyTask.Data(96, 8)).Train(TinyTask.Network(), Create("dqa"), torch.CPU);
            AssertSame(quiet, stressed);
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    private string Hash(string method)
    {
        using var module = Train(method, 2);
        if (method == "float")
        {
            return Convert.ToHexString(SHA256.HashData([.. module.ToGraph().Parameters.OrderBy(p => p.Key).SelectMany(p => p.Value.ToFloats().SelectMany(BitConverter.GetBytes))]));
        }

        return Convert.ToHexString(SHA256.HashData(OnnxExporter.ToBytes(Freezer.Freeze(module, allowUnsettled: true).Graph)));
    }

    private static GraphModule Train(string method, int epochs, RunFolder? run = null) =>
        new Trainer(TinyTask.Options with { Epochs = epochs }, TinyTask.Data()).Train(TinyTask.Network(), Create(method), torch.CPU, run);

    private static IMethod Create(string name) => name switch
    {
        "float" => new FloatMethod(),
        "plain" => new PlainMethod(TinyTask.Plan),
        "binary-relax" => new BinaryRelaxMethod(TinyTask.Plan),
        _ => new DqaMethod(TinyTask.Plan),
    };

    private static void AssertSame(GraphModule a, GraphModule b)
    {
        foreach (var (x, y) in a.Trainables.Zip(b.Trainables))
        {
            Assert.Equal(x.Name, y.Name);
            Assert.Equal(TensorMemory.ToFloats(x.Value), TensorMemory.ToFloats(y.Value));
        }
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private sealed class Callback(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }

    [Fact]
    public void TopFiveIsThatOfTheLibrary()
    {
        var graph = new GraphBuilder("nine").Input(new TensorShape(3, 8, 8), new Grid(0, 255, [0.01f], [-1.2f])).GlobalAveragePool().Flatten().Linear("head", 9).Build(4);
        var images = TinyTask.Data(16, 300).Test; // More than one batch.
        using var scope = torch.NewDisposeScope();
        using var module = new GraphModule(graph, [], torch.CPU);
        var evaluation = Evaluator.Run(module, images);
        int ofFive = 0;
        foreach (var batch in new BatchLoader(images, Evaluator.InputGrid(graph, images), 100).Read(0))
        {
            using (batch)
            {
                float[] best = TensorMemory.ToFloats(module.call(Evaluator.ToTensor(batch, images.Shape, torch.CPU)).topk(5, 1).indexes.to(torch.ScalarType.Float32));
                ofFive += batch.Labels.Where((label, i) => best.AsSpan(i * 5, 5).Contains(label)).Count();
            }
        }

        Assert.Equal(ofFive, evaluation.CorrectOfFive);
        Assert.InRange(ofFive, evaluation.Correct + 1, images.Count - 1);
    }
}
