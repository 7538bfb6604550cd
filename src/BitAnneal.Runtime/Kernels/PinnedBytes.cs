namespace BitAnneal.Runtime.Kernels;

/// <summary>Memory that stays where it is, on a boundary of 64 bytes, and is freed with its owner.</summary>
internal sealed unsafe class PinnedBytes
{
    private const int Alignment = 64;

    private readonly byte[] memory;

    /// <summary>Allocates zeros.</summary>
    /// <param name="count">Bytes; another 64 behind them may be read.</param>
    public PinnedBytes(int count)
    {
        Count = count;
        memory = GC.AllocateArray<byte>(checked(count + 2 * Alignment), pinned: true);
        fixed (byte* start = memory)
        {
            Start = (byte*)(((nint)start + Alignment - 1) & ~(Alignment - 1)); // Pinned for the life of the array.
        }
    }

    /// <summary>First byte. Valid while this object is alive.</summary>
    public byte* Start { get; }

    public int Count { get; }
}
