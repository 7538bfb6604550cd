using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// 64 sums of 16 bits, grown by vectors of 64 bytes and held in two vectors: the words of <c>all</c> add up even + 256·odd, those of <c>odd</c> the odd
/// bytes alone, so that widening costs two additions and a shift. (Two locals, not a structure: the compiler keeps only locals in registers.)
/// </summary>
internal static unsafe class WideSum
{
    /// <summary>Adds 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref Vector512<ushort> all, ref Vector512<ushort> odd, Vector512<byte> bytes)
    {
        all += bytes.AsUInt16();
        odd += bytes.AsUInt16() >>> 8;
    }

    /// <summary>Writes 64 sums: those of the even bytes, then those of the odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<ushort> all, Vector512<ushort> odd, int* sums) where T : struct, IProductTable
    {
        Widen<T>(all - (odd << 8), sums);
        Widen<T>(odd, sums + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen<T>(Vector512<ushort> words, int* sums) where T : struct, IProductTable
    {
        var low = T.IsSigned ? Vector512.WidenLower(words.AsInt16()) : Vector512.WidenLower(words).AsInt32();
        var high = T.IsSigned ? Vector512.WidenUpper(words.AsInt16()) : Vector512.WidenUpper(words).AsInt32();
        low.Store(sums);
        high.Store(sums + 16);
    }
}
