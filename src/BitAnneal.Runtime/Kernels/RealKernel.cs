namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// The inner loop of a convolution of reals. Every output is one chain of float32 fused multiply-adds over the elements of the runs in their order,
/// so all kernels give the same bits.
/// </summary>
internal abstract unsafe class RealKernel
{
    /// <summary>Name in plans.</summary>
    public abstract string Name { get; }

    /// <summary>Output places computed at once.</summary>
    /// <param name="vectors">Vectors of output channels in the tile.</param>
    public abstract int Places(int vectors);

    /// <summary>Every element of a run meets the weights of all output channels.</summary>
    public abstract void Run(ref readonly RealTile tile);

    /// <summary>Depthwise: an element stands for 16 channels, each of which meets its own weight.</summary>
    public abstract void RunDepthwise(ref readonly RealTile tile);
}
