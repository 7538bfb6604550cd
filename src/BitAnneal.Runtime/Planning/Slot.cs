using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// A value's place in the working memory: rows, columns, channels innermost. Codes are held as 16-bit numbers counted from the lowest code,
/// with an even distance between pixels; reals as float32.
/// </summary>
internal unsafe class Slot
{
    /// <summary>Kernels may read this far beyond the last element.</summary>
    protected const int Slack = 64;

    public Slot(TensorShape shape, Grid? grid)
    {
        (Channels, Height, Width) = shape.Rank == 3 ? (shape[0], shape[1], shape[2]) : ((int)shape.ElementCount, 1, 1);
        Grid = grid;
        PixelStride = grid is null ? Channels : Channels + (Channels & 1);
        ByteCount = ((long)Height * Width * PixelStride * (grid is null ? sizeof(float) : sizeof(short)) + 2 * Slack - 1) / Slack * Slack;
    }

    public int Channels { get; }

    public int Height { get; }

    public int Width { get; }

    public int Pixels => Height * Width;

    /// <summary>Elements from one pixel to the next.</summary>
    public int PixelStride { get; }

    /// <summary>Null for reals.</summary>
    public Grid? Grid { get; }

    public bool IsCodes => Grid is not null;

    public long ByteCount { get; protected init; }

    /// <summary>Place in the arena, set by <see cref="ArenaLayout"/>.</summary>
    public long Offset { get; set; }

    public short* Codes(byte* arena) => (short*)(arena + Offset);

    public float* Reals(byte* arena) => (float*)(arena + Offset);
}
