using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Reports;
using BitAnneal.Training.Methods.Dqa.Figures;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Runs;
using Microsoft.Extensions.Logging;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Figure 3: the attention over a training, and the quantization function that it makes.</summary>
/// <param name="settings">What to do.</param>
/// <param name="logger">Where to tell what happens.</param>
internal sealed class AttentionFigure(DqaFigureSettings settings, ILogger logger)
{
    private const int LeastPoints = 200, DefaultEpochs = 12, BatchSize = 64, Values = 1001;

    private static readonly double[] Shares = [0, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    public FigureResult Run(CancellationToken stop)
    {
        var run = new RunFolder(settings.Run ?? Path.Combine(settings.Output, "figure3-run"));
        if (settings.Run is null)
        {
            Train(run, stop);
        }
        else if (!Directory.Exists(settings.Run))
        {
            throw new BitAnnealException($"there is no run folder '{settings.Run}'");
        }

        var configuration = RunConfiguration.Read(run.Configuration);
        var histories = AttentionHistory.Read(run);
        string[] known = [.. histories.Select(h => h.Tensor)];
        string tensor = settings.Tensor ?? known.FirstOrDefault(t => t.EndsWith(".weight", StringComparison.Ordinal)) ?? known[0];
        var chosen = OptionKinds.Unknown("tensor", tensor, known) is { } fault ? throw new UsageException(fault) : histories.Single(h => h.Tensor == tensor);
        bool logged = chosen.Ranges is not null;
        chosen = logged ? chosen : chosen.WithFinalRange(run);
        string[] notes =
        [
            logged ? $"ranges of '{tensor}': as they were at each step" : $"ranges of '{tensor}': the run logged none, so the range at its end stands for all steps",
            .. chosen.Steps.Length < LeastPoints ? [$"only {chosen.Steps.Length} steps were logged: train longer, or with a smaller --log-every, for at least {LeastPoints}"] : Array.Empty<string>(),
            .. chosen.Temperature[^1] > 1.01 * configuration.EndTemperature ? [FormattableString.Invariant($"the run has not ended (T = {chosen.Temperature[^1]:G4}): shares are of what is logged")] : Array.Empty<string>(),
            Least(histories),
        ];
        var folder = new FigureFolder(settings.Output);
        var curves = new AttentionCurves(settings.Tensor is null ? histories : [chosen], chosen);
        folder.Write("figure3a", curves.Chart(), 1200, settings.Tensor is null ? 800 : 400);
        folder.Write("figure3a", curves.ToCsv());
        return Functions(folder, chosen, notes);
    }

    /// <summary>Part (b): a panel, a row of the table and many lines of the CSV for every share of the training.</summary>
    private static FigureResult Functions(FigureFolder folder, AttentionHistory chosen, IReadOnlyList<string> notes)
    {
        var table = new Table(["training", "step", "T", .. chosen.Bits.Select(n => $"a, {n} bits"), "least", "largest", $"mean |q - Q{chosen.Bits[0]}|"]);
        var csv = new Table("training", "step", "v", "q", "lowest");
        var (panels, numbers) = (new List<Chart>(), new JsonArray());
        foreach (double share in Shares)
        {
            int i = chosen.At(share);
            double[] a = chosen.AttentionAt(i);
            ClipRange[] ranges = [.. chosen.Ranges!.Select(r => r[i])];
            double min = ranges[0].Min, max = ranges[0].Max;
            float[] v = [.. Enumerable.Range(0, Values).Select(p => (float)(min + ((max - min) * p / (Values - 1))))];
            float[] q = EffectiveQuantizer.Of(v, chosen.Bits, ranges, a), lowest = EffectiveQuantizer.Of(v, chosen.Bits[..1], ranges[..1], [1]);
            double distance = q.Zip(lowest, (x, y) => Math.Abs((double)x - y)).Average();
            string percent = FormattableString.Invariant($"{share * 100:F0} %");
            table.Row([percent, $"{chosen.Steps[i]}", FormattableString.Invariant($"{chosen.Temperature[i]:G4}"), .. a.Select(w => FormattableString.Invariant($"{w:F4}")),
                FormattableString.Invariant($"{min:F4}"), FormattableString.Invariant($"{max:F4}"), FormattableString.Invariant($"{distance:F5}")]);
            numbers.Add(new JsonObject
            {
                ["share"] = share, ["step"] = chosen.Steps[i], ["temperature"] = chosen.Temperature[i], ["attention"] = new JsonArray([.. a.Select(w => (JsonNode)w)]),
                ["min"] = min, ["max"] = max, ["distanceToLowest"] = distance,
            });
            for (int p = 0; p < Values; p++)
            {
                csv.Row(FigureFolder.Number(share), $"{chosen.Steps[i]}", FigureFolder.Number(v[p]), FigureFolder.Number(q[p]), FigureFolder.Number(lowest[p]));
            }

            double[] x = [.. v.Select(f => (double)f)];
            panels.Add(new LinePlot(FormattableString.Invariant($"{percent}, T = {chosen.Temperature[i]:G3}"), "v", "q(v)",
                [new LineSeries($"{chosen.Bits[0]} bits", x, [.. lowest.Select(f => (double)f)]) { Colour = "#999999" }, new LineSeries("mixture", x, [.. q.Select(f => (double)f)]) { Colour = "#0072B2" }])
            {
                Legend = panels.Count == 0 ? LegendPlace.UpperLeft : LegendPlace.None,
            });
        }

        folder.Write("figure3b", new ChartGrid(panels, 4), 1440, 720);
        folder.Write("figure3b", csv);
        return new FigureResult(table, notes, new JsonObject { ["tensor"] = chosen.Tensor, ["bits"] = new JsonArray([.. chosen.Bits.Select(n => (JsonNode)n)]), ["loggedSteps"] = chosen.Steps.Length, ["training"] = numbers }, folder.Files);
    }

    /// <summary>A short training with quantized weights, logged often enough.</summary>
    private void Train(RunFolder run, CancellationToken stop)
    {
        var data = DatasetCatalog.Load(settings.Data, settings.DataDir).Draw(settings.ImagesOf(0), null);
        int epochs = settings.Epochs ?? DefaultEpochs, steps = epochs * ((data.Train.Count + BatchSize - 1) / BatchSize);
        var configuration = new RunConfiguration
        {
            Model = settings.Model,
            Data = settings.Data,
            DataDir = settings.DataDir,
            TrainImages = settings.ImagesOf(0),
            WeightBits = 2,
            ActivationBits = UniformQuantizer.FloatBits,
            Epochs = epochs,
            BatchSize = BatchSize,
            LearningRate = 0.1,
            EvaluateEvery = epochs,
            LogEvery = Math.Clamp(steps / LeastPoints, 1, 10),
            Seed = settings.Seed,
            Threads = settings.Threads,
            Device = settings.Device,
            CropMargin = settings.Data == "synthetic" ? 2 : 4,
            Flip = settings.Data != "synthetic",
        };
        TrainingJob.Check(configuration);
        new TrainingJob(configuration, data, logger, Terminal.BesideResult(settings.Json)).Run(run, resume: false, allowUnsettled: true, $"dqa {settings.Model}", stop);
    }

    private static string Least(IReadOnlyList<AttentionHistory> histories)
    {
        var least = histories.MinBy(h => h.Attention[0][^1])!;
        return FormattableString.Invariant($"{histories.Count} tensors; least share on the lowest width at the end: {least.Attention[0][^1]:F4} ({least.Tensor})");
    }
}
