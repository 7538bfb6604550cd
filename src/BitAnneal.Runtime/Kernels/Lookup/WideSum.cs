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

    /// <summary>Writes eight times 64 sums: those of the even bytes, then those of the odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(
        Vector512<ushort> a0, Vector512<ushort> a1, Vector512<ushort> a2, Vector512<ushort> a3, Vector512<ushort> a4, Vector512<ushort> a5, Vector512<ushort> a6, Vector512<ushort> a7,
        Vector512<ushort> o0, Vector512<ushort> o1, Vector512<ushort> o2, Vector512<ushort> o3, Vector512<ushort> o4, Vector512<ushort> o5, Vector512<ushort> o6, Vector512<ushort> o7, int* sums)
        where T : struct, IProductTable
    {
        Store<T>(a0, o0, sums);
        Store<T>(a1, o1, sums + 64);
        Store<T>(a2, o2, sums + 128);
        Store<T>(a3, o3, sums + 192);
        Store<T>(a4, o4, sums + 256);
        Store<T>(a5, o5, sums + 320);
        Store<T>(a6, o6, sums + 384);
        Store<T>(a7, o7, sums + 448);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Vector512<ushort> all, Vector512<ushort> odd, int* sums) where T : struct, IProductTable
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
