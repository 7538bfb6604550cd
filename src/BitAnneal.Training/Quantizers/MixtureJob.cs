namespace BitAnneal.Training.Quantizers;

/// <summary>What one forward and backward pass of a mixture needs besides its tensors.</summary>
/// <param name="Partners">Grids of the K quantizers.</param>
/// <param name="Weights">m, K values.</param>
internal sealed record MixtureJob(Partner[] Partners, float[] Weights)
{
    /// <summary>Most partners a mixture may have.</summary>
    public const int MaxPartners = 8;
}
