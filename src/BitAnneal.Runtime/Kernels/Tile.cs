namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// One piece of a convolution: up to <see cref="MaxPixels"/> output places side by side, <see cref="Lanes"/> output channels. All distances
/// are counted in elements of their arrays.
/// </summary>
internal unsafe struct Tile
{
    /// <summary>Output channels of a panel.</summary>
    public const int Lanes = 16;

    /// <summary>Output places of a tile.</summary>
    public const int MaxPixels = 4;

    /// <summary>Codes under the first tap of the first place.</summary>
    public short* Input;

    /// <summary>Weights of the first tap: per pair of input channels 16 lanes of two codes.</summary>
    public short* Panel;

    /// <summary>Result: <see cref="Pixels"/> × 16 sums of products.</summary>
    public int* Sums;

    public int Pixels, Rows, Columns, Pairs;

    public nint PixelStep, RowStep, ColumnStep, PanelRowStep, PanelColumnStep;
}
