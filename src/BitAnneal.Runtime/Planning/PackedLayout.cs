using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// How the codes of a pixel lie in memory for a family of kernels: channels are cut into blocks of 64, a block into groups, and one step of a kernel
/// takes one group. Unused places of a group hold code 0, which adds nothing to a sum of products.
/// </summary>
internal abstract unsafe class PackedLayout
{
    /// <summary>Channels of a block.</summary>
    public const int Block = 64;

    /// <summary>Codes of a group.</summary>
    public abstract int GroupCodes { get; }

    /// <summary>Bytes of a group.</summary>
    public abstract int GroupBytes { get; }

    /// <summary>Channels whose codes lie together: a part of a pixel may begin at a multiple of so many.</summary>
    public virtual int SliceChannels => Block;

    /// <summary>Groups of a pixel.</summary>
    public int Groups(int channels) => channels / Block * BlockGroups(Block) + BlockGroups(channels % Block);

    /// <summary>Groups of a block that holds only so many channels.</summary>
    public int BlockGroups(int channels) => (channels + GroupCodes - 1) / GroupCodes;

    /// <summary>Where a channel of a pixel lies: its group, and its place there.</summary>
    public (int Group, int Index) Position(int channel, int channels)
    {
        int block = channel / Block;
        var (group, index) = PositionInBlock(channel % Block, Math.Min(Block, channels - block * Block));
        return (block * BlockGroups(Block) + group, index);
    }

    /// <summary>Packs a block of several pixels.</summary>
    /// <param name="codes">Up to 64 unsigned codes per pixel; 64 may be read of every pixel, those beyond the channels are ignored.</param>
    /// <param name="step">Codes from one pixel to the next.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="channels">Channels of the block.</param>
    /// <param name="target">Receives the groups of a pixel at its offset, and nothing beyond, unless a layout serves single pixels only.</param>
    /// <param name="offsets">Of every pixel.</param>
    public abstract void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets);

    /// <summary>Sums of the codes of pixels that follow each other.</summary>
    /// <param name="pixels">First pixel.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="sums">One per pixel.</param>
    public abstract void Sum(byte* pixels, int count, int channels, int* sums);

    /// <summary>The codes of a pixel with zeros for channels that do not exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static Vector512<byte> Load(byte* codes, int channels) => channels == Block
        ? Vector512.Load(codes)
        : Vector512.Load(codes) & Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)channels));

    /// <summary>Where a channel of a block lies.</summary>
    protected abstract (int Group, int Index) PositionInBlock(int channel, int channels);
}
