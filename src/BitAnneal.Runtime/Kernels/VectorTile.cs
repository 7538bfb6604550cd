namespace BitAnneal.Runtime.Kernels;

/// <summary>A panel of a matrix and the vector.</summary>
internal unsafe struct VectorTile
{
    /// <summary>Input, readable up to whole blocks; what fills up the last block meets zero weights.</summary>
    public sbyte* Input { get; set; }

    /// <summary>Blocks of input codes.</summary>
    public int Blocks { get; set; }

    /// <summary>Weights of 64 output channels, see <see cref="VectorKernel.Pack"/>.</summary>
    public byte* Panel { get; set; }

    /// <summary>Receives 64 sums.</summary>
    public int* Sums { get; set; }
}
