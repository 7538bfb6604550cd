using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;
using BitAnneal.Training.Runs;
using Microsoft.Extensions.Logging;

namespace BitAnneal.Cli.Commands;

/// <summary>One training of a series, in a folder of its own: what is finished there is not trained again.</summary>
/// <param name="Configuration">All of it, the seed included.</param>
/// <param name="Folder">Where.</param>
internal record SeriesRun(RunConfiguration Configuration, RunFolder Folder)
{
    /// <summary>The runs that are not finished.</summary>
    /// <exception cref="UsageException">Folders hold other runs, or interrupted ones that were not asked for; all are listed.</exception>
    public static T[] Pending<T>(IEnumerable<T> all, bool resume) where T : SeriesRun
    {
        var (pending, faults) = (new List<T>(), new List<string>());
        foreach (var run in all)
        {
            try
            {
                var state = run.State();
                if (state == RunState.Interrupted && !resume)
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

    /// <summary>Reads the summary of a run.</summary>
    /// <exception cref="BitAnnealException">It is none.</exception>
    public static JsonObject Summary(RunFolder run)
    {
        try
        {
            return JsonNode.Parse(InputFile.ReadAllBytes(run.Summary)) is JsonObject summary && summary["top1"]?.GetValueKind() == JsonValueKind.Number
                ? summary
                : throw new BitAnnealException($"'{run.Summary}' is no summary of a run; remove the folder to train again");
        }
        catch (JsonException)
        {
            throw new BitAnnealException($"'{run.Summary}' is damaged; remove the folder to train again");
        }
    }

    /// <summary>How far it is.</summary>
    /// <exception cref="UsageException">The folder holds a run that was told something else, which is not ours to remove.</exception>
    public RunState State()
    {
        bool finished = File.Exists(Folder.Summary);
        if (!finished && !Folder.HasCheckpoint)
        {
            return RunState.New;
        }

        string[] differences = File.Exists(Folder.Configuration) ? [.. Configuration.DifferencesFrom(RunConfiguration.Read(Folder.Configuration))] : ["config.json is missing"];
        if (finished && differences.Length == 0)
        {
            var summary = Summary(Folder);
            var (method, model, seed) = (summary["method"]?.ToString(), summary["model"]?.ToString(), summary["seed"]?.ToString());
            differences = (method, model, seed) == (Configuration.Method, Configuration.Model, $"{Configuration.Seed}") ? [] : ["summary.json does not belong to its config.json"];
        }

        return differences.Length > 0
            ? throw new UsageException($"'{Folder.Path}' holds another run ({string.Join(", ", differences)}); choose another --out, or remove that folder")
            : finished ? RunState.Finished : RunState.Interrupted;
    }

    /// <summary>Trains, or goes on, and writes all that makes the run a finished one.</summary>
    /// <param name="data">Images.</param>
    /// <param name="withEngine">Whether to evaluate the frozen file with the engine as well.</param>
    /// <param name="title">What is done, for people.</param>
    /// <param name="logger">Where to tell what happens.</param>
    /// <param name="lines">Where progress is printed.</param>
    /// <param name="stop">Interrupts.</param>
    public void Train(ImageDataset data, bool withEngine, string title, ILogger logger, TextWriter lines, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        try
        {
            var result = new TrainingJob(Configuration, data, logger, lines).Run(Folder, resume: true, allowUnsettled: true, title, stop);
            new TrainReport(Configuration, data, Folder, result).Write(withEngine, stop);
            lines.WriteLine(FormattableString.Invariant($"{title}: top-1 {result.Collapsed.Top1 * 100:F2} % in {TimeEstimate.Text(clock.Elapsed.TotalSeconds)}"));
        }
        catch (BitAnnealException e)
        {
            throw new BitAnnealException($"{Folder.Path}: {e.Message}", e);
        }
    }
}
