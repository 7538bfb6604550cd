using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>What follows the sums of a convolution in the same step.</summary>
/// <param name="constants">Of the convolution.</param>
/// <param name="geometry">Of the convolution.</param>
internal abstract unsafe class Epilogue(LayerConstants constants, ConvolutionGeometry geometry)
{
    /// <summary>Channels of a call.</summary>
    public const int Block = PackedLayout.Block;

    /// <summary>Most places of a call for whole blocks; see <see cref="MostPlaces"/>.</summary>
    public const int MaxPlaces = 64;

    /// <summary>Most sums of a call, counted in whole vectors.</summary>
    protected const int MaxLanes = MaxPlaces * Block;

    /// <summary>What it does, for people.</summary>
    public abstract string Description { get; }

    protected LayerConstants Constants { get; } = constants;

    protected ConvolutionGeometry Geometry { get; } = geometry;

    /// <summary>Most places of a call for a block of so many channels: more where they are few, so that calls cost little.</summary>
    public static int MostPlaces(int channels) => channels > Block / 2 ? MaxPlaces : channels > Block / 4 ? 2 * MaxPlaces : 4 * MaxPlaces;

    /// <summary>Finishes output places that follow each other.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="sums">Of the block, from the first place on. Channels that do not exist have any sums.</param>
    /// <param name="place">First place.</param>
    /// <param name="count">Places.</param>
    /// <param name="channel">First of up to 64 channels, a multiple of 64.</param>
    /// <param name="windows">U_x, from the first place on.</param>
    public abstract void Finish(byte* arena, BlockSums sums, int place, int count, int channel, Windows windows);

    /// <summary>The next multiple of 64: vectors that lie in two cache lines are slow to write, and slower to read back.</summary>
    public static byte* Aligned(byte* start) => (byte*)(((nuint)start + Block - 1) / Block * Block);
}
