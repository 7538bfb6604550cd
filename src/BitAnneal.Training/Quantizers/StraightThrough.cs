using BitAnneal.Graphs;

namespace BitAnneal.Training.Quantizers;

/// <summary>A gradient estimator for one pass: one slope on an interval, another outside.</summary>
/// <param name="Low">Lower end of the interval, included.</param>
/// <param name="High">Upper end, included.</param>
/// <param name="Inside">dx̂/dx on the interval.</param>
/// <param name="Outside">dx̂/dx outside.</param>
internal readonly record struct StraightThrough(float Low, float High, float Inside, float Outside)
{
    /// <summary>1 everywhere.</summary>
    public static StraightThrough Identity { get; } = new(float.NegativeInfinity, float.PositiveInfinity, 1, 0);

    /// <summary>The same behind a rectifier: nothing passes where x ≤ 0, nor, behind a ReLU6, where x ≥ 6.</summary>
    public StraightThrough Behind(Rectifier rectifier)
    {
        const float SmallestNormal = 1.17549435e-38f;
        return rectifier == Rectifier.None ? this
            : new StraightThrough(MathF.Max(Low, SmallestNormal), MathF.Min(High, MathF.BitDecrement(rectifier.Ceiling())), Inside, 0);
    }

    /// <summary>1 on the interval, 0 outside.</summary>
    public static StraightThrough Clipped(float low, float high) => new(low, high, 1, 0);
}
