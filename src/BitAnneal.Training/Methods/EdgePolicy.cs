namespace BitAnneal.Training.Methods;

/// <summary>What the first and the last layer of a network do. The DQA paper does not say; many others keep them wide.</summary>
public enum EdgePolicy
{
    /// <summary>The same as all others.</summary>
    Same,

    /// <summary>8-bit min-max.</summary>
    EightBits,

    /// <summary>float32.</summary>
    FullPrecision,
}
