using System.Collections.Immutable;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Training.Runs;
using Microsoft.Extensions.Logging;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>Trains every arm that the rows take and is not trained yet, and reports them beside the paper.</summary>
/// <param name="settings">What to do.</param>
/// <param name="logger">Where to tell what happens.</param>
internal sealed class Reproduction(ReproduceSettings settings, ILogger logger)
{
    private readonly ImmutableArray<Comparison> comparisons = [.. settings.Rows.Select(r => Comparison.Of(r, settings))];
    private readonly TextWriter lines = Terminal.BesideResult(settings.Json);

    /// <summary>Runs everything.</summary>
    /// <exception cref="UsageException">A folder holds another run, or data are missing; nothing has been trained then.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; what is finished is kept and reported.</exception>
    public void Run(CancellationToken stop)
    {
        var report = new ReproductionReport(settings, comparisons);
        CheckImages();
        foreach (var arm in report.Arms)
        {
            TrainingJob.Check(arm.Configuration);
        }

        var all = PlannedRun.All(report.Arms, report.SeedsOf, settings.Output).ToList();
        var runs = SeriesRun.Pending(all, settings.Resume);
        var data = runs.Select(r => r.Arm.Configuration).DistinctBy(c => c.Data)
            .ToDictionary(c => c.Data, c => DatasetCatalog.Load(c.Data, c.DataDir).Draw(c.TrainImages, c.TestImages), StringComparer.Ordinal);
        new RunFolder(settings.Output).Create();
        Announce(runs.Length, all.Count);
        try
        {
            if (runs.Length > 0)
            {
                lines.WriteLine(TimeEstimate.Of(runs, c => data[c.Data], ", integer evaluations not counted", logger, lines, stop));
            }

            for (int i = 0; i < runs.Length; i++)
            {
                runs[i].Train(data[runs[i].Configuration.Data], withEngine: true, $"[{i + 1}/{runs.Length}] {runs[i].Arm.Title}, seed {runs[i].Seed}", logger, lines, stop);
                report.Write();
            }
        }
        catch (OperationCanceledException)
        {
            int left = runs.Count(r => r.State() != RunState.Finished);
            Terminal.WriteError($"stopped with {left} of {runs.Length} trainings left; go on with: {settings.CommandLine} --resume");
            throw;
        }

        report.Write();
        report.Print();
    }

    private void CheckImages()
    {
        if (comparisons.FirstOrDefault(c => c.Own.Configuration.Data == "imagefolder")?.Row is not { } row)
        {
            return;
        }

        try
        {
            DatasetCatalog.ClassCount("imagefolder", settings.DataDir);
        }
        catch (BitAnnealException e)
        {
            throw new UsageException(
                $"table {row.Table} row {row.Number} is about ImageNet, for which there is no {settings.Budget} budget without its images: give --data-dir DIR with train/CLASS and val/CLASS ({e.Message})");
        }
    }

    private void Announce(int pending, int all)
    {
        foreach (string line in (IEnumerable<string>)[.. comparisons.Select(c => ReproductionReport.Title(c.Row)), $"budget {settings.Budget}", .. Protocol.Lines(settings)])
        {
            lines.WriteLine(line);
        }

        lines.WriteLine($"{pending} of {all} trainings to do in {settings.Output}");
    }
}
