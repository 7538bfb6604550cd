using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Reports;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Runs;
using Microsoft.Extensions.Logging;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>The penalty of eq. 6 in its three readings: where a short training leaves the attention, for each λ and each network.</summary>
/// <param name="settings">What to do.</param>
/// <param name="logger">Where to tell what happens.</param>
internal sealed class PenaltyFigure(DqaFigureSettings settings, ILogger logger)
{
    private const int DefaultEpochs = 3;

    /// <summary>As the paper has it first, then what repairs it.</summary>
    private static readonly string[] Readings = ["as-printed", "layer-share", "per-layer-mean"];

    private readonly TextWriter lines = Terminal.BesideResult(settings.Json);

    /// <summary>Trains what is not trained yet, and draws.</summary>
    /// <exception cref="UsageException">A setting is wrong, or a folder holds another run; nothing has been trained then.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is finished is kept.</exception>
    public FigureResult Run(CancellationToken stop)
    {
        SeriesRun[] runs = [.. settings.Models.SelectMany((_, m) => Readings.SelectMany(reading => settings.Lambdas.Select(lambda => Plan(m, reading, lambda))))];
        foreach (var run in runs.DistinctBy(r => r.Configuration.Model))
        {
            TrainingJob.Check(run.Configuration);
        }

        var pending = SeriesRun.Pending(runs, settings.Resume);
        var all = DatasetCatalog.Load(settings.Data, settings.DataDir);
        var data = runs.Select(r => r.Configuration).DistinctBy(c => c.Model).ToDictionary(c => c.Model, c => all.Draw(c.TrainImages, c.TestImages), StringComparer.Ordinal);
        var folder = new FigureFolder(settings.Output);
        Train(pending, runs.Length, data, stop);

        PenaltyPoint[] points = [.. runs.Select(PenaltyPoint.Read)];
        var networks = settings.Models.ToDictionary(m => m, m => Network(points.First(p => p.Configuration.Model == m).Configuration, data[m]), StringComparer.Ordinal);
        PenaltyPlot.Write(folder, points, m => FormattableString.Invariant($"{m}: {networks[m].Weights:N0} weights, {networks[m].Steps} step(s)"));
        folder.Write("penalty", ToCsv(points, networks));
        var numbers = new JsonObject
        {
            ["data"] = settings.Data,
            ["networks"] = new JsonArray([.. settings.Models.Select(m => (JsonNode)new JsonObject { ["name"] = m, ["tensors"] = networks[m].Tensors, ["weights"] = networks[m].Weights, ["steps"] = networks[m].Steps })]),
            ["trainings"] = new JsonArray([.. points.Select(p => (JsonNode)p.ToJson())]),
        };
        return new FigureResult(ToTable(points), [.. Settled(points), .. networks.Select(n => Protocol(n.Key, n.Value, data[n.Key]))], numbers, folder.Files);
    }

    private SeriesRun Plan(int model, string reading, double lambda)
    {
        var configuration = new RunConfiguration
        {
            Model = settings.Models[model],
            Data = settings.Data,
            DataDir = settings.DataDir,
            TrainImages = settings.ImagesOf(model),
            TestImages = settings.TestImages,
            WeightBits = 2,
            ActivationBits = UniformQuantizer.FloatBits,
            Lambda = lambda,
            Normalizer = reading,
            Epochs = settings.Epochs ?? DefaultEpochs,
            BatchSize = settings.BatchSize,
            LearningRate = settings.LearningRate,
            Compute = settings.Compute,
            EvaluateEvery = settings.Epochs ?? DefaultEpochs,
            Seed = settings.Seed,
            Threads = settings.Threads,
            Device = settings.Device,
            CropMargin = settings.Data == "synthetic" ? 2 : 4,
            Flip = settings.Data != "synthetic",
        };
        string name = FormattableString.Invariant($"{settings.Data}-{configuration.Model}-{reading}-lambda{lambda}-seed{settings.Seed}");
        return new SeriesRun(configuration, new RunFolder(Path.Combine(settings.Output, "penalty-runs", name)));
    }

    private void Train(SeriesRun[] pending, int all, Dictionary<string, ImageDataset> data, CancellationToken stop)
    {
        lines.WriteLine($"{pending.Length} of {all} trainings to do in {Path.Combine(settings.Output, "penalty-runs")}");
        try
        {
            if (pending.Length > 0)
            {
                lines.WriteLine(TimeEstimate.Of(pending, c => data[c.Model], "", logger, lines, stop));
            }

            for (int i = 0; i < pending.Length; i++)
            {
                var c = pending[i].Configuration;
                pending[i].Train(data[c.Model], withEngine: false, FormattableString.Invariant($"[{i + 1}/{pending.Length}] {c.Model}, {c.Normalizer}, lambda {c.Lambda}"), logger, lines, stop);
            }
        }
        catch (OperationCanceledException)
        {
            Terminal.WriteError($"stopped with {pending.Count(r => r.State() != RunState.Finished)} of {all} trainings left; go on with the same command and --resume");
            throw;
        }
    }

    /// <summary>What the penalty divides by: L tensors with S weights.</summary>
    private static (int Tensors, long Weights, int Steps) Network(RunConfiguration c, ImageDataset data)
    {
        var graph = TrainingJob.InitialGraph(c);
        long[] weights = [.. QuantizationPlan.Layers(graph).Select(l => graph.Parameters[l.Parameter("weight")].Shape.ElementCount)];
        return (weights.Length, weights.Sum(), c.Epochs * ((data.Train.Count + c.BatchSize - 1) / c.BatchSize));
    }

    private static Table ToTable(PenaltyPoint[] points)
    {
        var table = new Table("network", "reading", "lambda", "least a1", "of", "median a1", FormattableString.Invariant($"a1 >= {Freezer.SettledShare}"), "top-1 mixture", "top-1 collapsed");
        foreach (var p in points)
        {
            table.Row(
                p.Configuration.Model, p.Configuration.Normalizer, FormattableString.Invariant($"{p.Configuration.Lambda}"), FormattableString.Invariant($"{p.Least:F4}"), p.LeastTensor,
                FormattableString.Invariant($"{p.Median:F4}"), FormattableString.Invariant($"{p.SettledShare * 100:F0} %"), Percent(p.MixtureTop1), Percent(p.Top1));
        }

        return table;
    }

    private static Table ToCsv(PenaltyPoint[] points, Dictionary<string, (int Tensors, long Weights, int Steps)> networks)
    {
        var csv = new Table("network", "tensors", "weights", "steps", "reading", "lambda", "least", "leastTensor", "median", "settledShare", "mixtureTop1", "top1");
        foreach (var p in points)
        {
            var (tensors, weights, steps) = networks[p.Configuration.Model];
            csv.Row(
                [p.Configuration.Model, $"{tensors}", $"{weights}", $"{steps}", p.Configuration.Normalizer, FigureFolder.Number(p.Configuration.Lambda), FigureFolder.Number(p.Least), p.LeastTensor,
                .. new[] { p.Median, p.SettledShare, p.MixtureTop1, p.Top1 }.Select(FigureFolder.Number)]);
        }

        return csv;
    }

    private static IEnumerable<string> Settled(PenaltyPoint[] points) => points.GroupBy(p => (p.Configuration.Model, p.Configuration.Normalizer)).Select(g =>
        FormattableString.Invariant($"{g.Key.Model}, {g.Key.Normalizer}: every tensor on its lowest width (a1 >= {Freezer.SettledShare}) in {g.Count(p => p.SettledShare == 1)} of {g.Count()} trainings"));

    private string Protocol(string model, (int Tensors, long Weights, int Steps) network, ImageDataset data) => FormattableString.Invariant(
        $"{model}: {network.Weights:N0} weights in {network.Tensors} tensors, min-max 2/4/8 bits, {network.Steps} steps on the first {data.Train.Count} training images of {settings.Data}, batch {settings.BatchSize}, learning rate {settings.LearningRate} (cosine), {settings.Compute}, {data.Test.Count} test images, seed {settings.Seed}");

    private static string Percent(double share) => FormattableString.Invariant($"{share * 100:F2} %");
}
