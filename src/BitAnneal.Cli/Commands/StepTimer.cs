using System.Diagnostics;
using BitAnneal.Training;

namespace BitAnneal.Cli.Commands;

/// <summary>Times the first steps of a training: the first one warms the machine, the others count.</summary>
/// <param name="enough">Called when the time is known.</param>
internal sealed class StepTimer(Action enough) : IProgress<TrainingProgress>
{
    private const int Steps = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly long start = Stopwatch.GetTimestamp();
    private long first, last, steps;

    /// <summary>Seconds of a step. A training of one step alone gives the time of that one, its start included.</summary>
    public double SecondsPerStep => Stopwatch.GetElapsedTime(steps > 1 ? first : start, last).TotalSeconds / Math.Max(1, steps - 1);

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        last = Stopwatch.GetTimestamp();
        steps++;
        first = steps == 1 ? last : first;
        if (steps > 1 && (steps > Steps || Stopwatch.GetElapsedTime(first, last) > Patience))
        {
            enough();
        }
    }
}
