using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Training.Freezing;

/// <summary>How the weights of a layer lie on their grid at the end of training.</summary>
/// <param name="Count">Number of weights.</param>
/// <param name="NearThreshold">
/// Latent weights within <see cref="Nearness"/> of a step of a threshold between two levels: straight-through training drives them there, and they flip from
/// step to step.
/// </param>
/// <param name="LevelShares">Share of the weights on each level, from the lowest code on.</param>
public sealed record WeightSpread(int Count, int NearThreshold, ImmutableArray<double> LevelShares)
{
    /// <summary>What counts as near, in steps of the grid.</summary>
    public const double Nearness = 1e-4;

    /// <summary>Counts codes.</summary>
    internal static WeightSpread Of(QuantizedTensor codes, int nearThreshold)
    {
        var counts = new int[codes.Grid.LevelCount];
        for (int i = 0; i < codes.Codes.Count; i++)
        {
            counts[codes.Codes[i]]++;
        }

        return new WeightSpread(codes.Codes.Count, nearThreshold, [.. counts.Select(c => (double)c / codes.Codes.Count)]);
    }
}
