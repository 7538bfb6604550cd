using System.Runtime.CompilerServices;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Emitted;

/// <summary>Calls an emitted kernel over runs.</summary>
/// <param name="function">Which one.</param>
/// <param name="shape">Its block of sums.</param>
internal abstract unsafe class EmittedRunKernel(EmittedFunction function, EmittedShape shape) : WordRunKernel
{
    private readonly delegate* unmanaged[SuppressGCTransition]<RunArguments*, void> entry =
        (delegate* unmanaged[SuppressGCTransition]<RunArguments*, void>)EmittedKernels.Instance.Entry(function);

    /// <inheritdoc/>
    public override int Places => shape.Places;

    /// <inheritdoc/>
    public override int Channels => shape.Channels;

    /// <inheritdoc/>
    public override void Run(ref readonly RunTile tile) => RunTiles(in tile, 1);

    /// <inheritdoc/>
    public override void Run(ref RunTile tile, int tiles) => RunTiles(in tile, tiles);

    [SkipLocalsInit]
    private void RunTiles(ref readonly RunTile tile, int tiles)
    {
        if (tile.RunCount == 0 || tile.RunLength == 0)
        {
            new Span<int>(tile.Sums, tiles * Places * Channels).Clear(); // The loops run at least once.
            return;
        }

        var arguments = new RunArguments(in tile, tiles, LaneGroups, WeightMask);
        entry(&arguments);
    }
}
