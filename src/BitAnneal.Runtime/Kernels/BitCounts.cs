using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Bits set in small numbers.</summary>
internal static class BitCounts
{
    /// <summary>For 0 to 15.</summary>
    public static Vector128<byte> OfHalfBytes => Vector128.Create((byte)0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
}
