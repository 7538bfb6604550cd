using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// Rounds positions on a grid, counted in codes from the lowest, that float32 knows up to a bound on their error. A position too near to the middle
/// between two codes is reported: the caller decides it exactly. So the fast way and the exact one give the same codes.
/// </summary>
/// <param name="lowest">Least code that can occur.</param>
/// <param name="highest">Largest code that can occur.</param>
/// <param name="error">Bound on the error of a position.</param>
internal readonly struct CodeRounding(int lowest, int highest, double error)
{
    /// <summary>A larger error would send too many positions the exact way: a code in a thousand is decided in float64, 64 at a time.</summary>
    public const double LargestError = 5e-4;

    private readonly Vector512<float> low = Vector512.Create((float)lowest), high = Vector512.Create((float)highest), limit = Vector512.Create((float)(0.5 - error));

    /// <summary>The same for shorter vectors.</summary>
    public HalfRounding Halves { get; } = new(lowest, highest, error);

    /// <summary>The codes that a rectifier leaves possible on a grid.</summary>
    /// <param name="grid">Per tensor.</param>
    /// <param name="rectifier">What comes in front; null for nothing.</param>
    /// <returns>Unsigned codes.</returns>
    public static (int Lowest, int Highest) Range(Grid grid, Rectifier rectifier) => rectifier switch
    {
        Rectifier.None => (0, grid.LevelCount - 1),
        Rectifier.Relu => (grid.Quantize(0) - grid.MinCode, grid.LevelCount - 1),
        _ => (grid.Quantize(0) - grid.MinCode, grid.Quantize(6) - grid.MinCode),
    };

    /// <summary>Rounds 16 positions. NaN is reported or becomes the least code.</summary>
    /// <param name="position">Positions.</param>
    /// <param name="farthest">Largest distance of a position from its code so far, per lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<int> Round(Vector512<float> position, ref Vector512<float> farthest)
    {
        var clipped = Vector512.MinNative(Vector512.MaxNative(position, low), high);
        var code = Vector512.Round(clipped);
        farthest = Vector512.MaxNative(farthest, Vector512.Abs(clipped - code));
        return Vector512.ConvertToInt32Native(code);
    }

    /// <summary>The lanes that have to be decided exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Doubts(Vector512<float> farthest) => (~Vector512.LessThanOrEqual(farthest, limit)).ExtractMostSignificantBits();

    /// <summary>64 codes as bytes; other numbers become any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Bytes(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d)
    {
        if (Avx512BW.IsSupported)
        {
            // Every 128 bits hold four codes of each.
            var mixed = Avx512BW.PackUnsignedSaturate(Avx512BW.PackSignedSaturate(a, b), Avx512BW.PackSignedSaturate(c, d));
            return Avx512F.PermuteVar16x32(mixed.AsInt32(), Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)).AsByte();
        }

        return Vector512.Narrow(Vector512.Narrow(a, b), Vector512.Narrow(c, d)).AsByte();
    }
}
