using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Steps;

/// <summary><see cref="CodeRounding"/> where vectors have 256 bits or less: eight positions at a time.</summary>
/// <param name="lowest">Least code that can occur.</param>
/// <param name="highest">Largest code that can occur.</param>
/// <param name="error">Bound on the error of a position.</param>
internal readonly struct HalfRounding(int lowest, int highest, double error)
{
    private readonly Vector256<float> low = Vector256.Create((float)lowest), high = Vector256.Create((float)highest), limit = Vector256.Create((float)(0.5 - error));

    /// <summary>Rounds 8 positions. NaN is reported or becomes the least code.</summary>
    /// <param name="position">Positions.</param>
    /// <param name="farthest">Largest distance of a position from its code so far, per lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<int> Round(Vector256<float> position, ref Vector256<float> farthest)
    {
        var clipped = Vector256.MinNative(Vector256.MaxNative(position, low), high);
        var code = Vector256.Round(clipped);
        farthest = Vector256.MaxNative(farthest, Vector256.Abs(clipped - code));
        return Vector256.ConvertToInt32Native(code);
    }

    /// <summary>The lanes that have to be decided exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Doubts(Vector256<float> farthest) => (~Vector256.LessThanOrEqual(farthest, limit)).ExtractMostSignificantBits();

    /// <summary>32 codes as bytes; other numbers become any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Bytes(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        if (Avx2.IsSupported)
        {
            // Each half holds four codes of each.
            var mixed = Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
            return Avx2.PermuteVar8x32(mixed.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsByte();
        }

        return Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d)).AsByte();
    }
}
