namespace BitAnneal.Runtime.Kernels;

/// <summary>Memory that stays where it is, on a boundary of 64 bytes, and is freed with its owner.</summary>
internal sealed unsafe class PinnedBytes
{
    private const int Alignment = 64;

    // A step that reads or writes past its memory ends the process at once: for bench/Fuzz.
    private static readonly bool IsGuarded = AppContext.TryGetSwitch("BitAnneal.GuardPages", out bool guard) && guard;

    private readonly object memory;

    /// <summary>Allocates zeros.</summary>
    /// <param name="count">Bytes; another 64 behind them may be read.</param>
    public PinnedBytes(int count)
    {
        Count = count;
        if (IsGuarded)
        {
            var pages = new GuardedPages(checked(count + Alignment));
            memory = pages;
            Start = pages.Start;
            return;
        }

        byte[] array = GC.AllocateArray<byte>(checked(count + 2 * Alignment), pinned: true);
        memory = array;
        fixed (byte* start = array)
        {
            Start = (byte*)(((nint)start + Alignment - 1) & ~(Alignment - 1)); // Pinned for the life of the array.
        }
    }

    /// <summary>First byte. Valid while this object is alive.</summary>
    public byte* Start { get; }

    public int Count { get; }
}
