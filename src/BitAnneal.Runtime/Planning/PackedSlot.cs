using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Planning;

/// <summary>Codes packed for a family of kernels, with their padding: a border of codes 0, counted from the lowest code of the grid.</summary>
internal sealed unsafe class PackedSlot : Slot
{
    private readonly int[] offsets; // of every pixel
    private readonly int blockBytes;

    public PackedSlot(TensorShape shape, Grid grid, PackedLayout layout, Border border) : base(shape, grid)
    {
        (Layout, Border) = (layout, border);
        PixelBytes = layout.Groups(Channels) * layout.GroupBytes;
        long rowBytes = ((long)Width + border.Left + border.Right) * PixelBytes;
        ByteCount = (checked(((long)Height + border.Top + border.Bottom) * rowBytes) + 2 * Slack - 1) / Slack * Slack;
        RowBytes = ByteCount <= int.MaxValue ? (int)rowBytes : throw new BitAnnealException($"{shape} with its padding takes {ByteCount} bytes; at most 2 GiB are possible");
        blockBytes = layout.BlockGroups(PackedLayout.Block) * layout.GroupBytes;
        offsets = [.. Enumerable.Range(0, Pixels).Select(i => OffsetOf(i / Width, i % Width))];
    }

    public PackedLayout Layout { get; }

    public Border Border { get; }

    /// <summary>Bytes from one pixel to the next.</summary>
    public int PixelBytes { get; }

    /// <summary>Bytes from one row to the next.</summary>
    public int RowBytes { get; }

    /// <summary>Offset in bytes of a pixel; coordinates may lie in the border.</summary>
    public int OffsetOf(int y, int x) => (y + Border.Top) * RowBytes + (x + Border.Left) * PixelBytes;

    /// <summary>Packs a block of pixels that follow each other.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="place">Number of the first pixel.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="firstChannel">A multiple of 64.</param>
    /// <param name="codes">64 unsigned codes per pixel; those beyond the channels are ignored.</param>
    public void Pack(byte* arena, int place, int count, int firstChannel, byte* codes)
    {
        byte* target = arena + Offset + firstChannel / PackedLayout.Block * blockBytes;
        fixed (int* offset = &offsets[place])
        {
            Layout.Pack(codes, count, Math.Min(PackedLayout.Block, Channels - firstChannel), target, offset);
        }
    }

    /// <summary>Writes code 0 into the border, which other values may have used since.</summary>
    public void ClearBorder(byte* arena)
    {
        byte* start = arena + Offset;
        Clear(start, Border.Top * RowBytes);
        Clear(start + (Border.Top + Height) * RowBytes, Border.Bottom * RowBytes);
        for (int y = 0; y < Height; y++)
        {
            byte* row = start + (Border.Top + y) * RowBytes;
            Clear(row, Border.Left * PixelBytes);
            Clear(row + (Border.Left + Width) * PixelBytes, Border.Right * PixelBytes);
        }
    }

    private static void Clear(byte* start, int count) => new Span<byte>(start, count).Clear();
}
