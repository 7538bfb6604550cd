namespace BitAnneal.Training.Quantizers;

/// <summary>The interval that a grid spans, in real units.</summary>
/// <param name="Min">Lowest level.</param>
/// <param name="Max">Highest level; equal to <paramref name="Min"/> for a constant tensor.</param>
public readonly record struct ClipRange(float Min, float Max)
{
    /// <summary>The distance between neighbouring levels of an n-bit grid, Δ(n) = (Max − Min)/(2ⁿ − 1); 1 for a constant tensor.</summary>
    public float Step(int bits)
    {
        float step = (float)(((double)Max - Min) / ((1 << bits) - 1));
        return step > 0 ? step : 1;
    }
}
