using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// As <see cref="CodeRounding"/> for positions with a known bound, in fewer instructions: a position becomes an integer of 16 bits behind the point, whose
/// upper half is the code and whose lower half tells how near the middle between two codes is.
/// </summary>
/// <remarks>
/// A position x, with all that may be wrong with it, becomes F within <c>margin</c> of <c>2¹⁶·(x + ½) + margin</c>. Where the lower half of F is at least
/// <c>2·margin</c>, no middle between codes lies there, and the upper half is the code.
/// </remarks>
/// <param name="lowest">Least code that can occur.</param>
/// <param name="highest">Largest code that can occur.</param>
/// <param name="error">Bound on the error of a position, in codes. NaN, or more than <see cref="CodeRounding.LargestError"/>: every position is in doubt.</param>
internal readonly struct FixedRounding(int lowest, int highest, double error)
{
    /// <summary>Positions are counted in this part of a code.</summary>
    public const int Unit = 1 << 16;

    private readonly int lowest = lowest, highest = highest, margin = MarginOf(error);
    private readonly Vector512<ushort> limit = Vector512.Create((uint)Math.Min(2 * MarginOf(error), ushort.MaxValue)).AsUInt16(); // 0 for the upper halves.
    private readonly Vector512<byte> least = Vector512.Create((byte)lowest), largest = Vector512.Create((byte)highest);

    // Constants of the compiler would be read from memory every time.
    private readonly Vector512<short> upper = Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 43, 45, 47, 49, 51, 53, 55, 57, 59, 61, 63);
    private readonly Vector512<short> interleavedUpper = Vector512.Create(1, 3, 5, 7, 33, 35, 37, 39, 9, 11, 13, 15, 41, 43, 45, 47, 17, 19, 21, 23, 49, 51, 53, 55, 25, 27, 29, 31, 57, 59, 61, 63);
    private readonly Vector512<long> order = Vector512.Create(0L, 2, 4, 6, 1, 3, 5, 7);

    /// <summary>Least code that can occur.</summary>
    public int Lowest => lowest;

    /// <summary>Largest code that can occur.</summary>
    public int Highest => highest;

    /// <summary>Positions whose lower half is less are in doubt.</summary>
    public int Limit => Math.Min(2 * margin, Unit);

    /// <summary>What has to be added to positions.</summary>
    public double Bias => Unit / 2 + margin;

    /// <summary>Rounds 16 positions.</summary>
    /// <param name="position">Positions in units, with <see cref="Bias"/>; within ±2³¹ unless all are in doubt.</param>
    /// <returns>Codes in the upper halves.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Round(Vector512<float> position) => Vector512.ConvertToInt32Native(position);

    /// <summary>The lanes of which a position of one of four vectors has to be decided exactly: bits for <see cref="Lane"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Doubts(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d) => Vector512.LessThan(
        Vector512.Min(Vector512.Min(a.AsUInt16(), b.AsUInt16()), Vector512.Min(c.AsUInt16(), d.AsUInt16())), limit).ExtractMostSignificantBits();

    /// <summary>The bit of a lane in doubt.</summary>
    public static ulong DoubtOf(int lane) => 1UL << (2 * lane);

    /// <summary>The first lane in doubt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lane(ulong doubts) => BitOperations.TrailingZeroCount(doubts) / 2; // Two halves a lane; the upper ones are never in doubt.

    /// <summary>64 codes as bytes, those that cannot occur replaced by the nearest that can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Codes(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d) => Avx512BW.IsSupported
        ? Clamped(Avx512F.PermuteVar8x64(Bytes(a, b, c, d, upper).AsInt64(), order).AsByte())
        : Vector512.Narrow(Vector512.Narrow(Clamped(a), Clamped(b)), Vector512.Narrow(Clamped(c), Clamped(d))).AsByte();

    /// <summary>The same where every vector holds four of each 16 neighbours. AVX-512 BW only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Interleaved(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d) => Clamped(Bytes(a, b, c, d, interleavedUpper));

    private static int MarginOf(double error) => error <= CodeRounding.LargestError ? (int)Math.Ceiling(error * Unit) + 2 : Unit; // The integer is within 1 of the position.

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Bytes(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, Vector512<short> words) => Avx512BW.PackUnsignedSaturate(
        Avx512BW.PermuteVar32x16x2(a.AsInt16(), words, b.AsInt16()), Avx512BW.PermuteVar32x16x2(c.AsInt16(), words, d.AsInt16()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<byte> Clamped(Vector512<byte> codes) => Vector512.Max(Vector512.Min(codes, largest), least);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<int> Clamped(Vector512<int> rounded) => Vector512.Max(Vector512.Min(rounded >> 16, Vector512.Create(highest)), Vector512.Create(lowest));
}
