using BitAnneal.Data;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>How long trainings will take, from a few timed steps of each method.</summary>
internal static class TimeEstimate
{
    /// <summary>A forward pass costs about a third of a step.</summary>
    private const double ForwardShare = 1.0 / 3;

    /// <summary>Arms that take the same time for a step.</summary>
    public static string Kind(Arm arm) => $"{arm.Configuration.Model} {arm.Configuration.Method}";

    /// <summary>Seconds of a whole training with its evaluations; without the frozen file's on integers.</summary>
    /// <param name="c">The training.</param>
    /// <param name="data">Images.</param>
    /// <param name="secondsPerStep">Measured.</param>
    public static double Seconds(RunConfiguration c, ImageDataset data, double secondsPerStep)
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
