using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// 64 sums of 16 bits, grown by vectors of 64 bytes and held in two vectors: the words of <c>all</c> add up even + 256·odd, those of <c>odd</c> the odd
/// bytes alone, so that widening costs two additions and a shift. (Two locals, not a structure: the compiler keeps only locals in registers.)
/// </summary>
internal static unsafe class WideSum
{
    // Constants in code: a static field could call its initialiser, and a call in a kernel puts all accumulators into memory.
    private static Vector512<ushort> Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create((ushort)0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47);
    }

    private static Vector512<ushort> High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create((ushort)16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63);
    }

    /// <summary>Adds 64 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref Vector512<ushort> all, ref Vector512<ushort> odd, Vector512<byte> bytes)
    {
        all += bytes.AsUInt16();
        odd += bytes.AsUInt16() >>> 8;
    }

    /// <summary>Puts both vectors where <see cref="Expand"/> finds them.</summary>
    /// <param name="all">See above.</param>
    /// <param name="odd">See above.</param>
    /// <param name="sums">First of all results.</param>
    /// <param name="index">Number of these 64 among the results.</param>
    /// <param name="count">How many times 64 results there will be.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<ushort> all, Vector512<ushort> odd, int* sums, int index, int count)
    {
        ushort* target = (ushort*)(sums + 32 * count) + 64 * index; // The upper half, so that expanding upwards overwrites nothing unread.
        all.Store(target);
        odd.Store(target + 32);
    }

    /// <summary>Writes 64 sums in their order for every pair of vectors. A method of its own: the kernels would run out of registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Expand<T>(int* sums, int count) where T : struct, IProductTable
    {
        ushort* source = (ushort*)(sums + 32 * count);
        for (int i = 0; i < count; i++, sums += 64, source += 64)
        {
            var odd = Vector512.Load(source + 32);
            var even = Vector512.Load(source) - (odd << 8);
            var low = Avx512BW.PermuteVar32x16x2(even, Low, odd);
            var high = Avx512BW.PermuteVar32x16x2(even, High, odd);
            Widen<T>(low, sums);
            Widen<T>(high, sums + 32);
        }
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
