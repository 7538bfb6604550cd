using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// AVX-512 VBMI, kernels three pixels wide with stride 1: eight output places side by side read ten pixels, and the table that a pixel's group selects
/// serves the three places that it lies under. 64 channels per <c>vpermb</c>; the shuffles, not the loads, are the bound.
/// </summary>
/// <typeparam name="T">What a group of codes is.</typeparam>
internal sealed unsafe class RowLookup512<T> : RunKernel
    where T : struct, IProductTable
{
    private const int Taps = RowLookup.Taps;

    private readonly byte* tables = T.Memory; // Here, as its initialiser would be a call in the kernel.

    public override string Name => $"lookup vpermb {T.Name}, rows";

    public override int Places => 8;

    public override int Channels => 64;

    public override int PixelsAtOnce => Taps;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector512<ushort> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<ushort> o0 = default, o1 = default, o2 = default, o3 = default, o4 = default, o5 = default, o6 = default, o7 = default;
        byte* tables = this.tables;
        int groups = tile.RunLength / Taps, most = tile.Steps;
        nint tap = groups * 64, pixel = groups * T.GroupBytes, three = 3 * pixel, five = 5 * pixel, seven = 7 * pixel, nine = 9 * pixel;
        byte* w = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++, w += (Taps - 1) * tap)
        {
            byte* x = tile.Input + tile.Places[0] + tile.Runs[run];
            for (int g = 0; g < groups;)
            {
                int end = Math.Min(groups, g + most);
                Vector512<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (; g < end; g++, x += T.GroupBytes, w += 64)
                {
                    var left = Vector512.LoadAligned(w);
                    var middle = Vector512.LoadAligned(w + tap);
                    var right = Vector512.LoadAligned(w + 2 * tap);
                    var t = T.Load(tables, x);
                    c0 += Look(t, left);
                    t = T.Load(tables, x + pixel);
                    c0 += Look(t, middle);
                    c1 += Look(t, left);
                    t = T.Load(tables, x + 2 * pixel);
                    c0 += Look(t, right);
                    c1 += Look(t, middle);
                    c2 += Look(t, left);
                    t = T.Load(tables, x + three);
                    c1 += Look(t, right);
                    c2 += Look(t, middle);
                    c3 += Look(t, left);
                    t = T.Load(tables, x + 4 * pixel);
                    c2 += Look(t, right);
                    c3 += Look(t, middle);
                    c4 += Look(t, left);
                    t = T.Load(tables, x + five);
                    c3 += Look(t, right);
                    c4 += Look(t, middle);
                    c5 += Look(t, left);
                    t = T.Load(tables, x + 2 * three);
                    c4 += Look(t, right);
                    c5 += Look(t, middle);
                    c6 += Look(t, left);
                    t = T.Load(tables, x + seven);
                    c5 += Look(t, right);
                    c6 += Look(t, middle);
                    c7 += Look(t, left);
                    t = T.Load(tables, x + 8 * pixel);
                    c6 += Look(t, right);
                    c7 += Look(t, middle);
                    t = T.Load(tables, x + nine);
                    c7 += Look(t, right);
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

        int* sums = tile.Sums;
        WideSum.Store(a0, o0, sums, 0, 8);
        WideSum.Store(a1, o1, sums, 1, 8);
        WideSum.Store(a2, o2, sums, 2, 8);
        WideSum.Store(a3, o3, sums, 3, 8);
        WideSum.Store(a4, o4, sums, 4, 8);
        WideSum.Store(a5, o5, sums, 5, 8);
        WideSum.Store(a6, o6, sums, 6, 8);
        WideSum.Store(a7, o7, sums, 7, 8);
        WideSum.Expand(sums, 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Look(Vector512<byte> table, Vector512<byte> weights) => Avx512Vbmi.PermuteVar64x8(table, weights);
}
