using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>AVX-512 VBMI, any kernel and stride: four output places and two panels of 64 channels, so that a table that was loaded serves twice.</summary>
/// <typeparam name="T">What a group of codes is.</typeparam>
internal sealed unsafe class BlockLookup512<T> : RunKernel
    where T : struct, IProductTable
{
    private readonly byte* tables = T.Memory; // Here, as its initialiser would be a call in the kernel.

    public override string Name => $"lookup vpermb {T.Name}, two panels";

    public override int Places => 4;

    public override int Channels => 128;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector512<ushort> a0 = Vector512.LoadAligned(tile.Begin), a2 = a0, a4 = a0, a6 = a0, a1 = Vector512.LoadAligned(tile.Begin + 64), a3 = a1, a5 = a1, a7 = a1;
        Vector512<ushort> o0 = Vector512.LoadAligned(tile.Begin + 32), o2 = o0, o4 = o0, o6 = o0, o1 = Vector512.LoadAligned(tile.Begin + 96), o3 = o1, o5 = o1, o7 = o1;
        byte* tables = this.tables;
        nint length = (nint)tile.RunLength * T.GroupBytes, most = (nint)tile.Steps * T.GroupBytes;
        nint panel = tile.PanelStep;
        byte* w = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* first = tile.Input + tile.Runs[run];
            byte* xa = first + tile.Places[0], xb = first + tile.Places[1], xc = first + tile.Places[2], xd = first + tile.Places[3];
            for (nint g = 0; g < length;)
            {
                nint end = Math.Min(length, g + most);
                Vector512<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (; g < end; g += T.GroupBytes, w += 64)
                {
                    var low = Vector512.LoadAligned(w);
                    var high = Vector512.LoadAligned(w + panel);
                    var t = T.Load(tables, xa + g);
                    Lookup.Add(ref c0, ref c1, t, low, high);
                    t = T.Load(tables, xb + g);
                    Lookup.Add(ref c2, ref c3, t, low, high);
                    t = T.Load(tables, xc + g);
                    Lookup.Add(ref c4, ref c5, t, low, high);
                    t = T.Load(tables, xd + g);
                    Lookup.Add(ref c6, ref c7, t, low, high);
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
