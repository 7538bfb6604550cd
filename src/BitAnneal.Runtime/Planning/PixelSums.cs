using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Planning;

/// <summary>Sums over each of several pixels at once. AVX-512 BW only.</summary>
internal static unsafe class PixelSums
{
    private const int Vector = 64;

    /// <summary>Sums of the bytes of 16 pixels of 4 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> OfFours(byte* pixels) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.Load(pixels), Vector512<sbyte>.One), Vector512<short>.One);

    /// <summary>Sums of the bytes of 16 pixels of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> OfQuarters(byte* pixels) => OfPairs(Eights(pixels), Eights(pixels + Vector), Eights(pixels + 2 * Vector), Eights(pixels + 3 * Vector));

    /// <summary>Sums of the bytes of 16 pixels of 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> OfHalves(byte* pixels) =>
        OfPairs(Folded(pixels), Folded(pixels + 2 * Vector), Folded(pixels + 4 * Vector), Folded(pixels + 6 * Vector));

    /// <summary>Eight pixels of eight partial sums each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> OfVectors(
        Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d, Vector512<ulong> e, Vector512<ulong> f, Vector512<ulong> g, Vector512<ulong> h)
    {
        Vector512<ulong> first = Fours(a, b, c, d), second = Fours(e, f, g, h);
        var halves = Avx512F.Shuffle4x128(first, second, 0b10_00_10_00) + Avx512F.Shuffle4x128(first, second, 0b11_01_11_01);
        var (low, high) = (halves.GetLower(), halves.GetUpper());
        return Vector256.Create(low.GetLower() + low.GetUpper(), high.GetLower() + high.GetUpper()).AsInt32();
    }

    /// <summary>In every 128 bits a part of the sums of four pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fours(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d)
    {
        Vector512<ulong> ab = a | (b << 32), cd = c | (d << 32);
        return Avx512F.UnpackLow(ab, cd) + Avx512F.UnpackHigh(ab, cd);
    }

    /// <summary>Sums of eight bytes each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Eights(byte* bytes) => Avx512BW.SumAbsoluteDifferences(Vector512.Load(bytes), Vector512<byte>.Zero).AsUInt64();

    /// <summary>Four pixels of four sums to four pixels of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Folded(byte* pixels)
    {
        Vector512<ulong> low = Eights(pixels), high = Eights(pixels + Vector);
        return Avx512F.PermuteVar8x64x2(low, Vector512.Create(0UL, 1, 4, 5, 8, 9, 12, 13), high) + Avx512F.PermuteVar8x64x2(low, Vector512.Create(2UL, 3, 6, 7, 10, 11, 14, 15), high);
    }

    /// <summary>The sums of 16 pairs of neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> OfPairs(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c, Vector512<ulong> d)
    {
        // Fours leaves the pixels 0, 4, 8, 12, then 1, 5, 9, 13 …
        return Avx512F.PermuteVar16x32(Fours(a, b, c, d).AsInt32(), Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    }
}
