using BitAnneal.Data;
using Microsoft.Extensions.Logging;

namespace BitAnneal.Cli.Commands;

/// <summary>How long trainings will take, from a few timed steps of each method.</summary>
internal static class TimeEstimate
{
    /// <summary>A forward pass costs about a third of a step.</summary>
    private const double ForwardShare = 1.0 / 3;

    /// <summary>Times a few steps of every kind of run, and says how long all will take.</summary>
    /// <param name="runs">The runs, at least one.</param>
    /// <param name="dataOf">Images of a configuration.</param>
    /// <param name="leftOut">What the estimate leaves out, behind a comma; empty for nothing.</param>
    /// <param name="logger">Where to tell what happens.</param>
    /// <param name="lines">Where progress is printed.</param>
    /// <param name="stop">Interrupts.</param>
    public static string Of(IReadOnlyList<SeriesRun> runs, Func<RunConfiguration, ImageDataset> dataOf, string leftOut, ILogger logger, TextWriter lines, CancellationToken stop)
    {
        RunConfiguration[] all = [.. runs.Select(r => r.Configuration)];
        var steps = all.DistinctBy(Kind).ToDictionary(Kind, c => new TrainingJob(c, dataOf(c), logger, lines).SecondsPerStep(stop), StringComparer.Ordinal);
        double seconds = all.Sum(c => Seconds(c, dataOf(c), steps[Kind(c)]));
        return FormattableString.Invariant(
            $"estimated time: {Text(seconds)} with {all[0].Threads} thread(s){leftOut} (seconds per step: {string.Join(", ", steps.Select(s => FormattableString.Invariant($"{s.Key} {s.Value:F2}")))})");
    }

    /// <summary>Runs that take the same time for a step.</summary>
    private static string Kind(RunConfiguration c) => $"{c.Model} {c.Method}";

    /// <summary>Seconds of a whole training with its evaluations; without the frozen file's on integers.</summary>
    /// <param name="c">The training.</param>
    /// <param name="data">Images.</param>
    /// <param name="secondsPerStep">Measured.</param>
    private static double Seconds(RunConfiguration c, ImageDataset data, double secondsPerStep)
    {
        double steps = (double)c.Epochs * Batches(data.Train.Count, c.BatchSize), evaluations = Math.Ceiling((double)c.Epochs / c.EvaluateEvery) + 2;
        return secondsPerStep * (steps + evaluations * Batches(data.Test.Count, c.BatchSize) * ForwardShare);
    }

    /// <summary>A duration as people say it.</summary>
    public static string Text(double seconds) => seconds switch
    {
        < 100 => FormattableString.Invariant($"{Math.Ceiling(seconds):F0} s"),
        < 6000 => FormattableString.Invariant($"{seconds / 60:F0} min"),
        < 172_800 => FormattableString.Invariant($"{seconds / 3600:F1} h"),
        _ => FormattableString.Invariant($"{seconds / 86_400:F0} days"),
    };

    private static int Batches(int images, int size) => (images + size - 1) / size;
}
