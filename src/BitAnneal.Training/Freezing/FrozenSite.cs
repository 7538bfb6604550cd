using BitAnneal.Graphs;

namespace BitAnneal.Training.Freezing;

/// <summary>What became of one quantized tensor.</summary>
/// <param name="Name">Parameter or marker.</param>
/// <param name="Grid">Grid of Q₁.</param>
/// <param name="TargetWeight">Share of Q₁ in the mixture at the end of training; 1 without a relaxation.</param>
/// <param name="IsScheduled">Whether a mixture's shares followed a schedule alone; false without a relaxation.</param>
public sealed record FrozenSite(string Name, Grid Grid, double TargetWeight, bool IsScheduled)
{
    /// <summary>How the weights lie on their grid; null for an activation.</summary>
    public WeightSpread? Spread { get; init; }
}
