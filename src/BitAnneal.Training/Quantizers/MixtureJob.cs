namespace BitAnneal.Training.Quantizers;

/// <summary>What one forward and backward pass of a mixture needs besides its tensors.</summary>
/// <param name="Partners">Grids of the K quantizers; of each one entry, or one per channel.</param>
/// <param name="Weights">m, K values.</param>
/// <param name="Clip">Learned upper end α of the range; null where nothing is learned.</param>
/// <param name="FollowsRounding">Whether α gets the derivative of the rounded value inside the range (PACT+).</param>
internal sealed record MixtureJob(Partner[][] Partners, float[] Weights, float? Clip, bool FollowsRounding)
{
    /// <summary>Most partners a mixture may have.</summary>
    public const int MaxPartners = 8;

    /// <summary>Number of channels with grids of their own; 1 when all partners have one grid for the tensor.</summary>
    public int Channels { get; } = Partners.Max(p => p.Length);
}
