using System.Diagnostics;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>
/// Times several arms in turns, so that what disturbs the machine meets all of them. A round lets every arm run once, each round in another order; an
/// arm's time in a round is the best of a few repetitions of at least 10 ms each. Wall time.
/// </summary>
internal static class InterleavedTimer
{
    private const int Repetitions = 3, MaxWindows = 12;
    private const double LeastRepetition = 10, Settled = 0.02;

    /// <summary>Longer than the 100 ms that the JIT waits before it compiles busy code anew.</summary>
    private const double Window = 150;

    /// <summary>Times the arms.</summary>
    /// <param name="arms">In any order; the results keep it.</param>
    /// <param name="rounds">At least 1.</param>
    /// <param name="images">Images of one call.</param>
    /// <param name="rest">Time between two arms, in which threads of the one before stop to wait for work.</param>
    /// <param name="progress">Told the share done and what runs.</param>
    /// <param name="stop">Ends it early.</param>
    public static IReadOnlyList<ArmTimes> Run(IReadOnlyList<BenchArm> arms, int rounds, int images, TimeSpan rest, Action<double, string> progress, CancellationToken stop)
    {
        int[] calls = [.. arms.Select(a => (int)Math.Ceiling(LeastRepetition / WarmUp(a.Call, stop)))];
        double[][] times = [.. arms.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            progress((double)round / rounds, $"round {round + 1} of {rounds}");
            for (int turn = 0; turn < arms.Count; turn++)
            {
                stop.ThrowIfCancellationRequested();
                int arm = (round + turn) % arms.Count;
                Thread.Sleep(rest);
                times[arm][round] = Enumerable.Range(0, Repetitions).Min(_ => Time(arms[arm].Call, calls[arm])) / images;
            }
        }

        progress(1, "");
        return [.. arms.Select((a, i) => new ArmTimes(a.Name, times[i]))];
    }

    /// <summary>Runs until the best call of one window is within 2 % of that of the window before: the JIT has settled. At most 12 windows.</summary>
    /// <returns>Milliseconds of a call.</returns>
    public static double WarmUp(Action call, CancellationToken stop)
    {
        double before = double.PositiveInfinity, best = 0;
        for (int window = 0; window < MaxWindows; window++)
        {
            stop.ThrowIfCancellationRequested();
            best = double.PositiveInfinity;
            for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start).TotalMilliseconds < Window;)
            {
                best = Math.Min(best, Time(call, 1));
            }

            if (Math.Abs(before - best) <= Settled * before && double.IsFinite(before))
            {
                break;
            }

            before = best;
        }

        return best;
    }

    /// <summary>Milliseconds of one call, over several.</summary>
    private static double Time(Action call, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            call();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }
}
