namespace BitAnneal.Training.Quantizers;

/// <summary>How a real position between two codes becomes a code (quantizers.md, section 1.2).</summary>
public enum Rounding
{
    /// <summary>To the nearest code, ties to the even one. The rule of the engine: activations must use it.</summary>
    HalfToEven,

    /// <summary>To the nearest code, ties upward: floor(x + 1/2). It sends a zero weight of a one-bit grid to the upper level.</summary>
    HalfUp,

    /// <summary>Downward.</summary>
    Floor,
}
