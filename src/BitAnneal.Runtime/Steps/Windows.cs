using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>U_x of the output places of a call.</summary>
/// <param name="sums">One per place, or 64 per place where channels have their own.</param>
/// <param name="ofChannels">Whether channels have their own.</param>
internal readonly unsafe struct Windows(int* sums, bool ofChannels)
{
    public int* Sums { get; } = sums;

    public bool OfChannels { get; } = ofChannels;
}

/// <summary>How an epilogue reads U_x. A type, as <see cref="IBlockWidth"/>.</summary>
internal unsafe interface IWindows
{
    /// <summary>Whether all channels of a place have the same.</summary>
    static abstract bool AreShared { get; }

    /// <summary>U_x of 16 channels.</summary>
    /// <param name="sums">Of the first place.</param>
    /// <param name="place">Counted from the first one.</param>
    /// <param name="lane">First channel of the block.</param>
    static abstract Vector512<int> Load(int* sums, int place, int lane);

    /// <summary>U_x of 8 channels.</summary>
    static abstract Vector256<int> LoadHalf(int* sums, int place, int lane);
}

/// <summary>One for all channels of a place.</summary>
internal readonly unsafe struct SharedWindows : IWindows
{
    public static bool AreShared => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* sums, int place, int lane) => Vector512.Create(sums[place]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadHalf(int* sums, int place, int lane) => Vector256.Create(sums[place]);
}

/// <summary>One for every channel, 64 per place: layers with groups of channels.</summary>
internal readonly unsafe struct ChannelWindows : IWindows
{
    public static bool AreShared => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* sums, int place, int lane) => Vector512.Load(sums + (nint)place * PackedLayout.Block + lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadHalf(int* sums, int place, int lane) => Vector256.Load(sums + (nint)place * PackedLayout.Block + lane);
}
