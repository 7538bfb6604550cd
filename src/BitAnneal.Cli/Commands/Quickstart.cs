using System.Diagnostics;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;
using BitAnneal.Onnx;
using BitAnneal.Reports;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Runs;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace BitAnneal.Cli.Commands;

/// <summary>Four trainings of one network, and the way of the last one to integers.</summary>
/// <param name="settings">What to do.</param>
/// <param name="logger">Where to tell what happens.</param>
internal sealed class Quickstart(QuickstartSettings settings, ILogger logger)
{
    private const int TimedImages = 300;

    private static readonly (string Key, string Method, string Title)[] Arms =
    [
        ("float", "float", "float32"),
        ("plain", "plain", "2 bits, plain"),
        ("binaryRelax", "binary-relax", "2 bits, Binary-Relax"),
        ("dqa", "dqa", "2 bits, DQA"),
    ];

    /// <summary>Runs everything, prints the table and writes the summary and the page.</summary>
    public void Run(CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var root = new RunFolder(settings.Output).Create();
        root.Clear();
        var data = DatasetCatalog.Load("synthetic").Draw(settings.TrainImages, settings.TestImages, settings.Seed);
        var results = new Dictionary<string, TrainingJobResult>(StringComparer.Ordinal);
        foreach (var (key, method, title) in Arms)
        {
            results[key] = new TrainingJob(Configuration(method), data, logger, Terminal.BesideResult(settings.Json)).Run(Folder(method), resume: false, allowUnsettled: false, title.PadRight(Arms.Max(a => a.Title.Length)), stop);
        }

        OnnxExporter.Export(results["dqa"].Frozen!.Graph, root.Model);
        var frozen = OnnxImporter.Import(root.Model); // What is judged is the file, not what was in memory.
        var (predictions, correct, _) = IntegerEvaluator.Run(frozen, data.Test, settings.Threads, stop);
        var (integerTime, floatTime) = Time(frozen, data.Test.Take(TimedImages));
        var figures = new QuickstartFigures(
            results["float"].Collapsed.Top1, results["plain"].Collapsed.Top1, results["binaryRelax"].Collapsed.Top1, results["dqa"].Collapsed.Top1, results["dqa"].Mixture.Top1,
            results["dqa"].Frozen!.Sites.Min(s => s.TargetWeight), (double)correct / predictions.Length,
            predictions.Zip(results["dqa"].Collapsed.Predictions).Count(p => p.First == p.Second) / (double)predictions.Length,
            new FileInfo(Folder("float").FloatModel).Length, new FileInfo(root.Model).Length, integerTime, floatTime, clock.Elapsed.TotalSeconds);
        AtomicFile.WriteText(root.Summary, figures.ToJson().ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true, TypeInfoResolver = CliJson.Default }) + "\n");
        WriteReport(root, figures);
        if (settings.Json)
        {
            System.Console.WriteLine(figures.ToJson().ToJsonString());
            return;
        }

        Terminal.Print(figures.ToTable());
        System.Console.WriteLine($"frozen network: {Path.GetFullPath(root.Model)}");
        System.Console.WriteLine($"report:         {Path.GetFullPath(root.Report)}");
    }

    private RunFolder Folder(string method) => new(Path.Combine(settings.Output, method));

    private RunConfiguration Configuration(string method) => new()
    {
        Model = "quickstart",
        Data = "synthetic",
        TrainImages = settings.TrainImages,
        TestImages = settings.TestImages,
        Method = method,
        WeightBits = 2,
        ActivationBits = 2,
        ActivationRange = "pact",
        Epochs = settings.Epochs,
        BatchSize = 64,
        LearningRate = 0.1,
        CropMargin = 2,
        Flip = false,
        EvaluateEvery = Math.Max(1, settings.Epochs / 3),
        Seed = settings.Seed,
        Threads = settings.Threads,
    };

    /// <summary>Median milliseconds for one image at a time on one thread: engine, and float32 under TorchSharp; the two take turns.</summary>
    private (double Integer, double Float) Time(Graph frozen, IImageSource images)
    {
        torch.set_num_threads(1);
        using var module = new FloatMethod().Prepare(TrainingJob.InitialGraph(Configuration("float")), torch.CPU);
        var session = BitAnneal.Runtime.IntegerSession.Create(frozen);
        float[] logits = new float[session.OutputShape.ElementCount];
        using var timer = new SingleImageTimer(module, images);
        var (integer, single) = (new List<double>(), new List<double>());
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < images.Count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                session.Run(images.Image(i), logits);
                integer.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                single.Add(timer.Run(i));
            }
        }

        torch.set_num_threads(settings.Threads);
        return (Median(integer), Median(single));
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private void WriteReport(RunFolder root, QuickstartFigures figures)
    {
        var report = new HtmlReport("BitAnneal quickstart").Add(figures.ToTable()).Heading("Attention of DQA")
            .Paragraph("The share of the 2-bit quantizer in the mixture of every quantized tensor. The falling temperature turns the mixture into one 2-bit network.")
            .Paragraph(FormattableString.Invariant($"Before the collapse the mixture is right on {figures.DqaMixture * 100:F2} % of the images; the least share of a 2-bit quantizer is {figures.LeastAttention:F4}."))
            .Add(Curves.Attention(MetricsReader.Read(Folder("dqa").Metrics)))
            .Heading("Training loss")
            .Add(new LinePlot("Training loss, moving mean", "step", "cross-entropy (nats)",
                [.. Arms.Select(a => Curves.Smoothed(MetricsReader.Read(Folder(a.Method).Metrics)["loss"]) with { Name = a.Title })]))
            .Heading("Again")
            .Paragraph("The same command with the same seed on the same machine writes the same file, byte for byte.")
            .Code(settings.CommandLine);
        report.Write(root.Report);
    }
}
