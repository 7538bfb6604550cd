using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
    /// <param name="tables"><see cref="ProductTables.TriplesOfWeights"/>.</param>
    /// <param name="weights">Offsets of tables: kernel rows, input channels, four output channels.</param>
    /// <param name="planes">First pixel that the first place reads.</param>
    /// <param name="rows">Rows of the kernel.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="planeBytes">Bytes from one plane to the next.</param>
    /// <param name="rowBytes">Bytes from one row of a plane to the next.</param>
    /// <param name="spans">How many input channels a byte can hold the sums of, one span after the other, row by row.</param>
    /// <param name="excess">What the tables hold too much (see <see cref="ProductTables.Excess"/>), per output channel.</param>
    /// <param name="first">Receives 64 signed numbers for every output channel: those of the even ones of the first 64 places, then those of the odd ones.</param>
    /// <param name="second">Receives those of the other 64 places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(byte* tables, ushort* weights, byte* planes, int rows, int inputs, nint planeBytes, nint rowBytes, byte* spans, ushort* excess, ushort* first, ushort* second)
    {
        Vector512<ushort> o0 = Begin(excess[0]), o1 = o0, o2 = Begin(excess[1]), o3 = o2, o4 = Begin(excess[2]), o5 = o4, o6 = Begin(excess[3]), o7 = o6;
        Vector512<ushort> a0 = o0 + (o0 << 8), a1 = a0, a2 = o2 + (o2 << 8), a3 = a2, a4 = o4 + (o4 << 8), a5 = a4, a6 = o6 + (o6 << 8), a7 = a6;
        for (int row = 0; row < rows; row++, planes += rowBytes)
        {
            byte* plane = planes;
            for (int rest = inputs; rest > 0; rest -= *spans++)
            {
                Vector512<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (int i = *spans; i > 0; i--, plane += planeBytes, weights += Channels)
                {
                    Vector512<byte> left = Vector512.Load(plane), right = Vector512.Load(plane + Lanes);
                    var table = Vector512.LoadAligned(tables + weights[0]);
                    Lookup.Add(ref c0, table, left);
                    Lookup.Add(ref c1, table, right);
                    table = Vector512.LoadAligned(tables + weights[1]);
                    Lookup.Add(ref c2, table, left);
                    Lookup.Add(ref c3, table, right);
                    table = Vector512.LoadAligned(tables + weights[2]);
                    Lookup.Add(ref c4, table, left);
                    Lookup.Add(ref c5, table, right);
                    table = Vector512.LoadAligned(tables + weights[3]);
                    Lookup.Add(ref c6, table, left);
                    Lookup.Add(ref c7, table, right);
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
    private static Vector512<ushort> Begin(ushort excess) => Vector512<ushort>.Zero - Vector512.Create(excess);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ushort> all, Vector512<ushort> odd, ushort* sums)
    {
        (all - (odd << 8)).Store(sums);
        odd.Store(sums + Lanes / 2);
    }
}
