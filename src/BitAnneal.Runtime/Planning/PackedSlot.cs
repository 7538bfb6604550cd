using System.Runtime.Intrinsics;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Planning;

/// <summary>Codes packed for a family of kernels, with their padding: a border of codes 0, counted from the lowest code of the grid.</summary>
internal sealed unsafe class PackedSlot : Slot
{
    private int[]? offsets; // of every pixel
    private readonly int blockBytes;

    public PackedSlot(TensorShape shape, Grid grid, PackedLayout layout, Border border) : base(shape, grid)
    {
        (Layout, Border) = (layout, border);
        PixelBytes = layout.Groups(Channels) * layout.GroupBytes;
        long rowBytes = ((long)Width + border.Left + border.Right) * PixelBytes;
        ByteCount = (checked(((long)Height + border.Top + border.Bottom) * rowBytes) + 2 * Slack - 1) / Slack * Slack;
        RowBytes = ByteCount <= int.MaxValue ? (int)rowBytes : throw new BitAnnealException($"{shape} with its padding takes {ByteCount} bytes; at most 2 GiB are possible");
        blockBytes = layout.BlockGroups(PackedLayout.Block) * layout.GroupBytes;
    }

    public PackedLayout Layout { get; }

    public Border Border { get; }

    /// <summary>Bytes from one pixel to the next.</summary>
    public int PixelBytes { get; }

    /// <summary>Bytes from one row to the next.</summary>
    public int RowBytes { get; }

    /// <summary>Offset in bytes of a pixel; coordinates may lie in the border.</summary>
    public int OffsetOf(int y, int x) => (y + Border.Top) * RowBytes + (x + Border.Left) * PixelBytes;

    /// <summary>Offsets of all pixels from <see cref="BlockStart"/>.</summary>
    public ReadOnlySpan<int> Offsets => Table;

    // Made when first asked for: whether the slot fits the working memory is checked before.
    private int[] Table => offsets ??= [.. Enumerable.Range(0, Pixels).Select(i => OffsetOf(i / Width, i % Width))];

    /// <summary>Makes the table that runs read, which allocate nothing.</summary>
    public void Prepare() => _ = Table;

    /// <summary>Where a block of channels begins in a pixel of offset 0.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="firstChannel">A multiple of 64.</param>
    public byte* BlockStart(byte* arena, int firstChannel) => arena + Offset + firstChannel / PackedLayout.Block * blockBytes;

    /// <summary>Packs a block of pixels that follow each other.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="place">Number of the first pixel.</param>
    /// <param name="count">Pixels.</param>
    /// <param name="firstChannel">A multiple of 64.</param>
    /// <param name="codes">Up to 64 unsigned codes per pixel; 64 may be read of every pixel, those beyond the channels are ignored.</param>
    /// <param name="step">Codes from one pixel to the next.</param>
    public void Pack(byte* arena, int place, int count, int firstChannel, byte* codes, int step)
    {
        fixed (int* offset = &Table[place])
        {
            Layout.Pack(codes, step, count, Math.Min(PackedLayout.Block, Channels - firstChannel), BlockStart(arena, firstChannel), offset);
        }
    }

    /// <summary>Writes code 0 into the border, which other values may have used since.</summary>
    public void ClearBorder(byte* arena)
    {
        byte* start = arena + Offset, end = start + (Border.Top + Height + Border.Bottom) * RowBytes;
        int between = (Border.Left + Border.Right) * PixelBytes;
        byte* first = start + OffsetOf(0, 0);
        Clear(start, (int)(first - start));
        for (int y = 1; y < Height && between > 0; y++)
        {
            Clear(first + y * RowBytes - between, between); // Right of one row and left of the next.
        }

        byte* last = first + (Height - 1) * RowBytes + Width * PixelBytes;
        Clear(last, (int)(end - last));
    }

    private static void Clear(byte* start, int count)
    {
        // Between two rows there are often one or two vectors: too little for a call.
        for (; count >= Vector128<byte>.Count && count <= 4 * Vector128<byte>.Count; start += Vector128<byte>.Count, count -= Vector128<byte>.Count)
        {
            Vector128<byte>.Zero.Store(start);
        }

        if (count > 0)
        {
            new Span<byte>(start, count).Clear();
        }
    }
}
