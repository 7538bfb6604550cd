using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// AVX-512 VBMI, kernels three pixels wide: output places side by side, that share tables. 64 channels per <c>vpermb</c>; the shuffles, not the loads, are the
/// bound.
/// </summary>
/// <typeparam name="T">What a group of codes is.</typeparam>
/// <typeparam name="TRow">The places.</typeparam>
internal sealed unsafe class RowLookup512<T, TRow> : RunKernel
    where T : struct, IProductTable
    where TRow : struct, ILookupRow
{
    private const int Sums = 8, Lanes = 64;

    private readonly byte* tables = T.Memory; // Here, as its initialiser would be a call in the kernel.

    public override string Name => $"lookup vpermb {T.Name}, {TRow.Name}";

    public override int Places => TRow.Places;

    public override int Channels => Sums / TRow.Places * Lanes;

    public override int PixelsAtOnce => RowLookup.Taps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        ushort* begin = tile.Begin, next = begin + (Sums / TRow.Places - 1) * Lanes;
        Vector512<ushort> a0 = Vector512.LoadAligned(begin), a1 = Vector512.LoadAligned(next), a2 = a0, a3 = a1, a4 = a0, a5 = a1, a6 = a0, a7 = a1;
        Vector512<ushort> o0 = Vector512.LoadAligned(begin + Lanes / 2), o1 = Vector512.LoadAligned(next + Lanes / 2), o2 = o0, o3 = o1, o4 = o0, o5 = o1, o6 = o0, o7 = o1;
        byte* tables = this.tables;
        int groups = tile.RunLength / RowLookup.Taps, most = tile.Steps;
        nint tap = groups * Lanes, pixel = groups * T.GroupBytes, panel = tile.PanelStep;
        byte* w = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++, w += (RowLookup.Taps - 1) * tap)
        {
            byte* x = tile.Input + tile.Places[0] + tile.Runs[run];
            for (int g = 0; g < groups;)
            {
                int end = Math.Min(groups, g + most);
                Vector512<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (; g < end; g++, x += T.GroupBytes, w += Lanes)
                {
                    TRow.Step<T>(tables, x, pixel, w, tap, panel, ref c0, ref c1, ref c2, ref c3, ref c4, ref c5, ref c6, ref c7);
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

        WideSum.Store<T>(a0, a1, a2, a3, a4, a5, a6, a7, o0, o1, o2, o3, o4, o5, o6, o7, tile.Sums);
    }
}
