namespace BitAnneal.Graphs;

/// <summary>A vertical and a horizontal amount, for kernels, strides, paddings and dilations.</summary>
/// <param name="Y">Vertical amount, in rows.</param>
/// <param name="X">Horizontal amount, in columns.</param>
public readonly record struct Extent(int Y, int X)
{
    /// <summary>The same amount in both directions.</summary>
    public static implicit operator Extent(int both) => new(both, both);

    /// <summary>For example <c>3x3</c>.</summary>
    public override string ToString() => $"{Y}x{X}";
}
