using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// AVX-512 VBMI for layers of few channels: lanes are output places that follow each other, and the table is that of three weights side by side; one that
/// was loaded serves 128 places. A plane holds, for one input channel, the number of the three codes around every pixel.
/// </summary>
internal static unsafe class PlaneLookup512
{
    /// <summary>Output places of a call.</summary>
    public const int Places = 2 * Lanes;

    /// <summary>Output channels of a call.</summary>
    public const int Channels = 4;

    private const int Lanes = 64;

    /// <summary>Sums of 128 places for four output channels.</summary>
    /// <param name="tables"><see cref="ProductTables.Triples"/>.</param>
    /// <param name="weights">Offsets of tables: kernel rows, input channels, four output channels.</param>
    /// <param name="planes">First pixel that the first place reads.</param>
    /// <param name="rows">Rows of the kernel.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="planeBytes">Bytes from one plane to the next.</param>
    /// <param name="rowBytes">Bytes from one row of a plane to the next.</param>
    /// <param name="spans">How many input channels a byte can hold the sums of, one span after the other, row by row.</param>
    /// <param name="first">Receives 64 numbers for every output channel: those of the even ones of the first 64 places, then those of the odd ones.</param>
    /// <param name="second">Receives those of the other 64 places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(byte* tables, ushort* weights, byte* planes, int rows, int inputs, nint planeBytes, nint rowBytes, byte* spans, ushort* first, ushort* second)
    {
        Vector512<ushort> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<ushort> o0 = default, o1 = default, o2 = default, o3 = default, o4 = default, o5 = default, o6 = default, o7 = default;
        for (int row = 0; row < rows; row++, planes += rowBytes)
        {
            byte* plane = planes;
            for (int rest = inputs; rest > 0; rest -= *spans++)
            {
                Vector512<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (int i = *spans; i > 0; i--, plane += planeBytes, weights += Channels)
                {
                    Vector512<byte> left = Vector512.Load(plane), right = Vector512.Load(plane + Lanes);
                    var table = Vector512.LoadAligned(tables + (nint)weights[0]);
                    c0 += Avx512Vbmi.PermuteVar64x8(table, left);
                    c1 += Avx512Vbmi.PermuteVar64x8(table, right);
                    table = Vector512.LoadAligned(tables + (nint)weights[1]);
                    c2 += Avx512Vbmi.PermuteVar64x8(table, left);
                    c3 += Avx512Vbmi.PermuteVar64x8(table, right);
                    table = Vector512.LoadAligned(tables + (nint)weights[2]);
                    c4 += Avx512Vbmi.PermuteVar64x8(table, left);
                    c5 += Avx512Vbmi.PermuteVar64x8(table, right);
                    table = Vector512.LoadAligned(tables + (nint)weights[3]);
                    c6 += Avx512Vbmi.PermuteVar64x8(table, left);
                    c7 += Avx512Vbmi.PermuteVar64x8(table, right);
                }

                WideSum.Add(ref a0, ref o0, c0);
                WideSum.Add(ref a1, ref o1, c1);
                WideSum.Add(ref a2, ref o2, c2);
                WideSum.Add(ref a3, ref o3, c3);
                WideSum.Add(ref a4, ref o4, c4);
                WideSum.Add(ref a5, ref o5, c5);
                WideSum.Add(ref a6, ref o6, c6);
                WideSum.Add(ref a7, ref o7, c7);
            }
        }

        Store(a0, o0, first);
        Store(a1, o1, second);
        Store(a2, o2, first + Lanes);
        Store(a3, o3, second + Lanes);
        Store(a4, o4, first + 2 * Lanes);
        Store(a5, o5, second + 2 * Lanes);
        Store(a6, o6, first + 3 * Lanes);
        Store(a7, o7, second + 3 * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ushort> all, Vector512<ushort> odd, ushort* sums)
    {
        (all - (odd << 8)).Store(sums);
        odd.Store(sums + Lanes / 2);
    }
}
