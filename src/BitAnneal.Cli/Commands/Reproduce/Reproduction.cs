using System.Collections.Immutable;
using System.Diagnostics;
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
        var runs = Pending(all);
        var data = runs.Select(r => r.Arm.Configuration).DistinctBy(c => c.Data)
            .ToDictionary(c => c.Data, c => DatasetCatalog.Load(c.Data, c.DataDir).Take(c.TrainImages, c.TestImages), StringComparer.Ordinal);
        new RunFolder(settings.Output).Create();
        Announce(runs.Length, all.Count);
        try
        {
            Estimate(runs, data, stop);
            for (int i = 0; i < runs.Length; i++)
            {
                Train(runs[i], data[runs[i].Configuration.Data], $"[{i + 1}/{runs.Length}] {runs[i].Arm.Title}, seed {runs[i].Seed}", stop);
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

    private PlannedRun[] Pending(List<PlannedRun> all)
    {
        var (pending, faults) = (new List<PlannedRun>(), new List<string>());
        foreach (var run in all)
        {
            try
            {
                var state = run.State();
                if (state == RunState.Interrupted && !settings.Resume)
                {
                    faults.Add($"'{run.Folder.Path}' holds an interrupted run; go on with --resume, or choose another --out");
                }

                pending.AddRange(state == RunState.Finished ? [] : [run]);
            }
            catch (UsageException e)
            {
                faults.Add(e.Message);
            }
        }

        return faults.Count == 0 ? [.. pending] : throw new UsageException(string.Join("; ", faults));
    }

    private void Announce(int pending, int all)
    {
        foreach (string line in (IEnumerable<string>)[.. comparisons.Select(c => ReproductionReport.Title(c.Row)), $"budget {settings.Budget}", .. Protocol.Lines(settings)])
        {
            lines.WriteLine(line);
        }

        lines.WriteLine($"{pending} of {all} trainings to do in {settings.Output}");
    }

    private void Estimate(PlannedRun[] runs, Dictionary<string, ImageDataset> data, CancellationToken stop)
    {
        if (runs.Length == 0)
        {
            return;
        }

        var steps = runs.DistinctBy(r => TimeEstimate.Kind(r.Arm)).ToDictionary(
            r => TimeEstimate.Kind(r.Arm), r => new TrainingJob(r.Configuration, data[r.Configuration.Data], logger, lines).SecondsPerStep(stop), StringComparer.Ordinal);
        double seconds = runs.Sum(r => TimeEstimate.Seconds(r.Configuration, data[r.Configuration.Data], steps[TimeEstimate.Kind(r.Arm)]));
        lines.WriteLine(FormattableString.Invariant(
            $"estimated time: {TimeEstimate.Text(seconds)} with {settings.Threads} thread(s), integer evaluations not counted (seconds per step: {string.Join(", ", steps.Select(s => FormattableString.Invariant($"{s.Key} {s.Value:F2}")))})"));
    }

    private void Train(PlannedRun run, ImageDataset data, string title, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        try
        {
            var result = new TrainingJob(run.Configuration, data, logger, lines).Run(run.Folder, resume: true, allowUnsettled: true, title, stop);
            new TrainReport(run.Configuration, data, run.Folder, result).Write(stop);
            lines.WriteLine(FormattableString.Invariant($"{title}: top-1 {result.Collapsed.Top1 * 100:F2} % in {TimeEstimate.Text(clock.Elapsed.TotalSeconds)}"));
        }
        catch (BitAnnealException e)
        {
            throw new BitAnnealException($"{run.Folder.Path}: {e.Message}", e);
        }
    }
}
