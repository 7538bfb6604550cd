using System.Diagnostics;

namespace BitAnneal.Bench;

/// <summary>Something to be timed.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Operations">Multiplications and additions of one call.</param>
/// <param name="Run">One call.</param>
internal sealed record Candidate(string Name, double Operations, Action Run)
{
    private const double MillisecondsPerTrial = 2;
    private const int Trials = 4;

    /// <summary>Times candidates in turn, on one thread.</summary>
    /// <returns>For every candidate the median over the rounds of the best trial, in seconds per call.</returns>
    public static double[] Time(IReadOnlyList<Candidate> candidates, int rounds)
    {
        int[] calls = [.. candidates.Select(Calls)];
        double[][] best = [.. candidates.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int c = 0; c < candidates.Count; c++)
            {
                best[c][round] = Enumerable.Range(0, Trials).Min(_ => Seconds(candidates[c].Run, calls[c]));
            }
        }

        return [.. best.Select(times => times.Order().ElementAt(rounds / 2))];
    }

    private static int Calls(Candidate candidate)
    {
        Seconds(candidate.Run, 2); // Warms up.
        return Math.Max(1, (int)(MillisecondsPerTrial / 1000 / Seconds(candidate.Run, 2)));
    }

    private static double Seconds(Action run, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            run();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / calls;
    }
}
