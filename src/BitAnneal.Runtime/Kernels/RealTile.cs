namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// A block of output places and output channels of a convolution of reals. Every place reads the same runs of the input, at its own offset: a 3 × 3
/// kernel is three runs of three neighbouring pixels. Offsets, lengths and steps count elements.
/// </summary>
internal unsafe struct RealTile
{
    /// <summary>Output channels of a vector.</summary>
    public const int Lanes = 16;

    /// <summary>The reals, padding included.</summary>
    public float* Input;

    /// <summary>Offset of every output place; as many as <see cref="RealKernel.Places"/> says.</summary>
    public int* Places;

    /// <summary>Offset of every run from its place.</summary>
    public int* Runs;

    public int RunCount, RunLength;

    /// <summary>Weights: runs, elements, output channels.</summary>
    public float* Panel;

    /// <summary>Output channels in vectors of 16: 1 or 2.</summary>
    public int Vectors;

    /// <summary>What the sums start at: places, output channels.</summary>
    public float* Start;

    /// <summary>Distance from one place to the next; 0 where all places start alike.</summary>
    public nint StartStep;

    /// <summary>Receives the sums: places, output channels.</summary>
    public float* Sums;

    public nint SumStep;
}
