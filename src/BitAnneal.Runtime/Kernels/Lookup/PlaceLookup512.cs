using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>AVX-512 VBMI, any kernel and stride, one panel of 64 channels: eight output places.</summary>
/// <typeparam name="T">What a group of codes is.</typeparam>
internal sealed unsafe class PlaceLookup512<T> : RunKernel
    where T : struct, IProductTable
{
    private readonly byte* tables = T.Memory; // Here, as its initialiser would be a call in the kernel.

    public override string Name => $"lookup vpermb {T.Name}";

    public override int Places => 8;

    public override int Channels => 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector512<ushort> a0 = Vector512.LoadAligned(tile.Begin), a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
        Vector512<ushort> o0 = Vector512.LoadAligned(tile.Begin + 32), o1 = o0, o2 = o0, o3 = o0, o4 = o0, o5 = o0, o6 = o0, o7 = o0;
        byte* tables = this.tables;
        nint length = (nint)tile.RunLength * T.GroupBytes, most = (nint)tile.Steps * T.GroupBytes;
        int* p = tile.Places;
        byte* w = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* first = tile.Input + tile.Runs[run];
            byte* x0 = first + p[0], x1 = first + p[1], x2 = first + p[2], x3 = first + p[3];
            byte* x4 = first + p[4], x5 = first + p[5], x6 = first + p[6], x7 = first + p[7];
            for (nint g = 0; g < length;)
            {
                nint end = Math.Min(length, g + most);
                Vector512<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (; g < end; g += T.GroupBytes, w += 64)
                {
                    var weights = Vector512.LoadAligned(w);
                    Lookup.Add(ref c0, T.Load(tables, x0 + g), weights);
                    Lookup.Add(ref c1, T.Load(tables, x1 + g), weights);
                    Lookup.Add(ref c2, T.Load(tables, x2 + g), weights);
                    Lookup.Add(ref c3, T.Load(tables, x3 + g), weights);
                    Lookup.Add(ref c4, T.Load(tables, x4 + g), weights);
                    Lookup.Add(ref c5, T.Load(tables, x5 + g), weights);
                    Lookup.Add(ref c6, T.Load(tables, x6 + g), weights);
                    Lookup.Add(ref c7, T.Load(tables, x7 + g), weights);
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
