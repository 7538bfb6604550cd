using System.Collections.Immutable;

namespace BitAnneal.Training;

/// <summary>How a network did on a set of images.</summary>
/// <param name="Correct">Right answers.</param>
/// <param name="CorrectOfFive">Images whose class is among the five likeliest ones.</param>
/// <param name="Loss">Mean cross-entropy in nats.</param>
/// <param name="Predictions">The answer for every image.</param>
/// <param name="MillisecondsPerImage">Wall time of the forward passes per image.</param>
public sealed record Evaluation(int Correct, int CorrectOfFive, double Loss, ImmutableArray<int> Predictions, double MillisecondsPerImage)
{
    /// <summary>Share of right answers.</summary>
    public double Top1 => (double)Correct / Predictions.Length;

    /// <summary>Share of images whose class is among the five likeliest ones.</summary>
    public double Top5 => (double)CorrectOfFive / Predictions.Length;
}
