using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs.IO;
using BitAnneal.Reports;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands;

/// <summary>What <c>train</c> tells about its result: a table, <c>summary.json</c> and a page.</summary>
/// <param name="configuration">What was done.</param>
/// <param name="data">On which images.</param>
/// <param name="run">Where to write.</param>
/// <param name="result">What came out.</param>
internal sealed class TrainReport(RunConfiguration configuration, ImageDataset data, RunFolder run, TrainingJobResult result)
{
    /// <summary>Shares of right answers further apart than this are worth a warning.</summary>
    private const double LargestDifference = 0.002;

    /// <summary>Evaluates the frozen file with the engine, prints and writes everything.</summary>
    public void Publish(bool json, CancellationToken stop)
    {
        WarnOfDifference();
        var (summary, table) = Write(withEngine: true, stop);
        if (json)
        {
            System.Console.WriteLine(summary.ToJsonString());
            return;
        }

        Terminal.Print(table);
        if (summary["integer"] is { } integer)
        {
            System.Console.WriteLine(FormattableString.Invariant(
                $"engine and simulation of the frozen network give the same answer on {integer["agreement"]!.GetValue<double>() * 100:F2} % of the images; least final share on the lowest width {summary["leastAttention"]!.GetValue<double>():F4}"));
        }

        if (configuration.Method == "dqa" && result.Frozen?.Sites.Count(s => s.IsScheduled) is > 0 and var scheduled)
        {
            System.Console.WriteLine($"scheduled: {scheduled} tensor(s) mix two quantizers, whose shares follow the temperature alone; attention is learned from three on");
        }

        if (result.ModelPath is { } model)
        {
            System.Console.WriteLine($"frozen network: {Path.GetFullPath(model)}");
        }

        System.Console.WriteLine($"report:         {Path.GetFullPath(run.Report)}");
    }

    /// <summary>Writes summary and page.</summary>
    /// <param name="withEngine">Whether to evaluate the frozen file with the engine first.</param>
    /// <param name="stop">Interrupts that evaluation.</param>
    public (JsonObject Summary, Table Table) Write(bool withEngine, CancellationToken stop)
    {
        var summary = new JsonObject { ["method"] = configuration.Method, ["model"] = configuration.Model, ["seed"] = configuration.Seed, ["top1"] = result.Collapsed.Top1, ["top5"] = result.Collapsed.Top5 };
        var table = new Table("network", "top-1", "top-5", "bytes", "ms per image");
        long floatBytes = new FileInfo(run.FloatModel).Length;
        string name = result.Frozen is null ? "float32" : configuration.Method == "plain" ? "training" : "training, mixture";
        table.Row(name, Percent(result.Mixture.Top1), Percent(result.Mixture.Top5), $"{floatBytes}", Milliseconds(result.Mixture.MillisecondsPerImage));
        if (result is { Frozen: { } frozen, ModelPath: { } path })
        {
            table.Row("frozen, simulated", Percent(result.Collapsed.Top1), Percent(result.Collapsed.Top5), "-", Milliseconds(result.Collapsed.MillisecondsPerImage));
            summary["mixture"] = new JsonObject { ["top1"] = result.Mixture.Top1 };
            summary["leastAttention"] = frozen.Sites.Min(s => s.TargetWeight);
            if (withEngine)
            {
                AddEngine(path, summary, table, stop);
            }

            summary["bytes"] = new JsonObject { ["float"] = floatBytes, ["frozen"] = new FileInfo(path).Length };
            summary["weights"] = frozen.Sites.Sum(s => s.Spread?.Count ?? 0);
            summary["nearThreshold"] = frozen.Sites.Sum(s => s.Spread?.NearThreshold ?? 0);
            summary["sites"] = new JsonArray([.. frozen.Sites.Select(Site)]);
        }

        var report = new HtmlReport($"{configuration.Model}: {configuration.Method}").Add(table);
        foreach (var plot in Curves.Of(run.Metrics))
        {
            report.Add(plot);
        }

        report.Write(run.Report);
        AtomicFile.WriteText(run.Summary, summary.ToJsonString() + "\n"); // Last: a run with a summary is whole.
        return (summary, table);
    }

    private static JsonNode Site(FrozenSite site)
    {
        var node = new JsonObject { ["name"] = site.Name, ["bits"] = site.Grid.Bits, ["attention"] = site.TargetWeight, ["scheduled"] = site.IsScheduled };
        if (site.Spread is { } spread)
        {
            node["weights"] = spread.Count;
            node["nearThreshold"] = spread.NearThreshold;
            node["levels"] = new JsonArray([.. spread.LevelShares.Select(s => (JsonNode)Math.Round(s, 6))]);
        }

        return node;
    }

    /// <summary>Says so where the frozen network does not do what training saw last.</summary>
    private void WarnOfDifference()
    {
        double trained = result.Mixture.Top1, frozen = result.Collapsed.Top1;
        if (result.Frozen is { } network && Math.Abs(trained - frozen) > LargestDifference)
        {
            double least = network.Sites.IsEmpty ? 1 : network.Sites.Min(s => s.TargetWeight);
            string why = least < 1
                ? FormattableString.Invariant($"mixtures became their lowest width, which held a share of {least:F4} at least")
                : "the two should do the same but for the order of sums: do not trust the evaluation of training";
            Terminal.WriteWarning($"training's last evaluation is {Percent(trained)} top-1, the frozen network's {Percent(frozen)}: {why}");
        }
    }

    private void AddEngine(string path, JsonObject summary, Table table, CancellationToken stop)
    {
        var (predictions, correct, milliseconds) = IntegerEvaluator.Run(BitAnneal.Onnx.OnnxImporter.Import(path), data.Test, configuration.Threads, stop);
        double agreement = predictions.Zip(result.Collapsed.Predictions).Count(p => p.First == p.Second) / (double)predictions.Length;
        table.Row("frozen file, integers", Percent((double)correct / predictions.Length), "-", $"{new FileInfo(path).Length}", Milliseconds(milliseconds));
        summary["integer"] = new JsonObject { ["correct"] = correct, ["total"] = predictions.Length, ["top1"] = (double)correct / predictions.Length, ["agreement"] = agreement, ["millisecondsPerImage"] = milliseconds };
    }

    private static string Percent(double share) => FormattableString.Invariant($"{share * 100:F2} %");

    private static string Milliseconds(double value) => FormattableString.Invariant($"{value:F3}");
}
