using System.Runtime.CompilerServices;

namespace BitAnneal.Runtime.Steps;

/// <summary>Where the sums of a block of 64 output channels lie: four times 16 channels of the first place.</summary>
/// <param name="a">Channels 0 to 15.</param>
/// <param name="b">Channels 16 to 31.</param>
/// <param name="c">Channels 32 to 47.</param>
/// <param name="d">Channels 48 to 63.</param>
/// <param name="step">Sums from one place to the next.</param>
internal readonly unsafe struct BlockSums(int* a, int* b, int* c, int* d, int step)
{
    public int* A { get; } = a;

    public int* B { get; } = b;

    public int* C { get; } = c;

    public int* D { get; } = d;

    /// <summary>Sums from one place to the next.</summary>
    public int Step { get; } = step;

    /// <summary>The sums of 16 channels of a place.</summary>
    /// <param name="place">Counted from the first one.</param>
    /// <param name="channel">Any of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int* At(int place, int channel) => place * Step + (channel / 16) switch
    {
        0 => A,
        1 => B,
        2 => C,
        _ => D,
    };
}
