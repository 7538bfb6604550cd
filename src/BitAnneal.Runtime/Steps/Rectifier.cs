namespace BitAnneal.Runtime.Steps;

/// <summary>What a step applies to its reals before it stores them.</summary>
internal enum Rectifier
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,
}
