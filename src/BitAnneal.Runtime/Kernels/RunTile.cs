namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// A block of output places and output channels of a convolution over packed codes with their padding in memory. Every place reads the same runs of
/// codes, at its own offset: a 3 × 3 kernel is three runs of three neighbouring pixels. All offsets are bytes.
/// </summary>
internal unsafe struct RunTile
{
    /// <summary>The codes of the first pixel, padding included.</summary>
    public byte* Input { get; set; }

    /// <summary>Offset of every output place; as many as the kernel computes at once. At the end of an image the last place is repeated.</summary>
    public int* Places { get; set; }

    /// <summary>Offset of every run from its place.</summary>
    public int* Runs { get; set; }

    /// <summary>Runs of a place.</summary>
    public int RunCount { get; set; }

    /// <summary>Groups of codes in a run. A group is what one step of the kernel takes.</summary>
    public int RunLength { get; set; }

    /// <summary>Groups (of the three pixels of a run alike, where a kernel takes them together) after which a byte of a sum could overflow; for kernels that add up bytes.</summary>
    public int Steps { get; set; }

    /// <summary>What the sums of the first panel, then of the next, start at; for kernels that add up bytes.</summary>
    public ushort* Begin { get; set; }

    /// <summary>Weights: runs, groups, output channels.</summary>
    public byte* Panel { get; set; }

    /// <summary>Bytes from one panel to the next, for kernels that compute several at once.</summary>
    public nint PanelStep { get; set; }

    /// <summary>Receives sums of products of unsigned codes, less the bias of the weights: places, then output channels in their order.</summary>
    public int* Sums { get; set; }
}
