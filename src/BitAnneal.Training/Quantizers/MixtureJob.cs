namespace BitAnneal.Training.Quantizers;

/// <summary>What one forward and backward pass of a mixture needs besides its tensors.</summary>
/// <param name="Partners">Grids of the K quantizers; of each one entry, or one per channel.</param>
/// <param name="Weights">m, K values.</param>
/// <param name="Clip">Learned upper end α of the range; null where nothing is learned.</param>
/// <param name="FollowsRounding">Whether α gets the derivative of the rounded value inside the range (PACT+).</param>
/// <param name="Ceiling">Larger values count as this one; +∞ for none. Floors need no such thing: the range of rectified values starts at 0 or above.</param>
internal sealed record MixtureJob(Partner[][] Partners, float[] Weights, float? Clip, bool FollowsRounding, float Ceiling = float.PositiveInfinity)
{
    /// <summary>Most partners a mixture may have.</summary>
    public const int MaxPartners = 8;

    /// <summary>Number of channels with grids of their own; 1 when all partners have one grid for the tensor.</summary>
    public int Channels { get; } = Partners.Max(p => p.Length);

    /// <summary>Whether all partners round to nearest over one range and their codes fit a word, so that <see cref="SharedRangeKernel"/> serves.</summary>
    /// <remarks>A quantizer that stands alone is left to the general kernel, which rounds as a frozen grid does; a mixture lies on no grid.</remarks>
    public bool IsSharedRange { get; } = Partners.Length is > 1 and <= SharedRangeKernel.MaxPartners && !FollowsRounding && !Weights.Contains(1f)
        && Array.TrueForAll(Partners, p => p.Length == 1 && IsLike(p[0], Partners[0][0])) && (Clip is null || Partners[0][0].Gradient.High >= MathF.Min(Clip.Value, MathF.BitDecrement(Ceiling)))
        && Partners.Sum(p => 32 - int.LeadingZeroCount(p[0].MaxCode)) <= SharedRangeKernel.CodeBits;

    private static bool IsLike(in Partner p, in Partner first) => !p.IsFloat && p.MinCode == 0 && float.IsNaN(p.DeadZone) && p.Rounding == Rounding.HalfToEven
        && p.Offset == first.Offset && p.Gradient == first.Gradient && p.Gradient is { Inside: 1, Outside: 0 }
        && Math.Abs((p.Scale * p.MaxCode) - (first.Scale * first.MaxCode)) <= 1e-6f * first.Scale * first.MaxCode;
}
