using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// <see cref="Grid.Quantize"/> for vectors: IEEE 754 rounds the differences, the divisions and the integers of float64 alike in vectors and alone, so the codes
/// are the same. For the few positions that <see cref="CodeRounding"/> leaves in doubt.
/// </summary>
/// <param name="grid">Per tensor.</param>
/// <param name="lowest">Least unsigned code that can occur.</param>
/// <param name="highest">Largest unsigned code that can occur.</param>
internal readonly unsafe struct ExactRounding(Grid grid, int lowest, int highest)
{
    private readonly double scale = grid.Scale(0), offset = grid.Offset(0), minCode = grid.MinCode, low = lowest, high = highest;

    /// <summary>The unsigned codes of 64 reals; NaN becomes the least code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Round(float* reals, byte* codes) => CodeRounding.Bytes(Codes(reals), Codes(reals + 16), Codes(reals + 32), Codes(reals + 48)).Store(codes);

    /// <summary>The unsigned code of one real.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Round(float real)
    {
        double code = Math.Round((real - offset) / scale) - minCode;
        code = code > low ? code : low;
        return (byte)(code < high ? code : high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<int> Codes(float* reals)
    {
        var (lower, upper) = Vector512.Widen(Vector512.Load(reals));
        return Vector512.ConvertToInt32(Vector512.Narrow(Codes(lower), Codes(upper)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Codes(Vector512<double> reals)
    {
        var code = Vector512.Round((reals - Vector512.Create(offset)) / Vector512.Create(scale)) - Vector512.Create(minCode);
        Vector512<double> least = Vector512.Create(low), largest = Vector512.Create(high);
        code = Vector512.ConditionalSelect(Vector512.GreaterThan(code, least), code, least);
        return Vector512.ConditionalSelect(Vector512.LessThan(code, largest), code, largest);
    }
}
