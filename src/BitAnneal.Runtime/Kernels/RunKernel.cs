namespace BitAnneal.Runtime.Kernels;

/// <summary>Sums of products of unsigned codes over runs of packed codes: the inner loop of a convolution.</summary>
internal abstract unsafe class RunKernel
{
    /// <summary>Name in plans and messages.</summary>
    public abstract string Name { get; }

    /// <summary>Output places computed at once.</summary>
    public abstract int Places { get; }

    /// <summary>Pixels of a run whose products are added up in one byte.</summary>
    public virtual int PixelsAtOnce => 1;

    /// <summary>Output channels computed at once.</summary>
    public abstract int Channels { get; }

    /// <summary>Fills the sums of a tile: <see cref="Places"/> × <see cref="Channels"/>. The caller has proved that they do not overflow.</summary>
    public abstract void Run(ref readonly RunTile tile);

    /// <summary>Fills the sums of tiles that follow each other in <see cref="RunTile.Places"/> and <see cref="RunTile.Sums"/>.</summary>
    /// <param name="tile">The first one; of no use afterwards.</param>
    /// <param name="tiles">How many, at least 1.</param>
    public virtual void Run(ref RunTile tile, int tiles)
    {
        for (int i = 0; i < tiles; i++, tile.Places += Places, tile.Sums += Places * Channels)
        {
            Run(in tile);
        }
    }
}
