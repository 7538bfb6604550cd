namespace BitAnneal.Runtime.Kernels;

/// <summary>Sums of products of codes: the inner loop of every convolution and linear layer on integers.</summary>
internal abstract unsafe class IntegerKernel
{
    /// <summary>Name in plans and messages.</summary>
    public abstract string Name { get; }

    /// <summary>Fills the sums of a tile. The caller has proved that they fit 32 bits.</summary>
    public abstract void Run(ref readonly Tile tile);
}
