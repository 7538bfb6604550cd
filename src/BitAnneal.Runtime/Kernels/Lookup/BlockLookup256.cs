using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>AVX2, any kernel and stride: four output places and 64 channels. A table of 16 bytes, in both halves of a register, holds the products of two pairs.</summary>
internal sealed unsafe class BlockLookup256 : RunKernel
{
    private readonly byte* tables = ProductTables.Couples; // Here, as its initialiser would be a call in the kernel.

    public override string Name => "lookup vpshufb 2 x 2-bit";

    public override int Places => 4;

    public override int Channels => 64;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector256<ushort> a0 = Vector256.LoadAligned(tile.Begin), a2 = a0, a4 = a0, a6 = a0, a1 = Vector256.LoadAligned(tile.Begin + 16), a3 = a1, a5 = a1, a7 = a1;
        Vector256<ushort> o0 = Vector256.LoadAligned(tile.Begin + 32), o2 = o0, o4 = o0, o6 = o0, o1 = Vector256.LoadAligned(tile.Begin + 48), o3 = o1, o5 = o1, o7 = o1;
        byte* tables = this.tables;
        nint length = tile.RunLength, most = tile.Steps;
        byte* w = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* first = tile.Input + tile.Runs[run];
            byte* xa = first + tile.Places[0], xb = first + tile.Places[1], xc = first + tile.Places[2], xd = first + tile.Places[3];
            for (nint g = 0; g < length;)
            {
                nint end = Math.Min(length, g + most);
                Vector256<byte> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
                for (; g < end; g++, w += 64)
                {
                    var low = Vector256.LoadAligned(w);
                    var high = Vector256.LoadAligned(w + 32);
                    var t = Table(tables, xa + g);
                    c0 += Avx2.Shuffle(t, low);
                    c1 += Avx2.Shuffle(t, high);
                    t = Table(tables, xb + g);
                    c2 += Avx2.Shuffle(t, low);
                    c3 += Avx2.Shuffle(t, high);
                    t = Table(tables, xc + g);
                    c4 += Avx2.Shuffle(t, low);
                    c5 += Avx2.Shuffle(t, high);
                    t = Table(tables, xd + g);
                    c6 += Avx2.Shuffle(t, low);
                    c7 += Avx2.Shuffle(t, high);
                }

                Add(ref a0, ref o0, c0);
                Add(ref a1, ref o1, c1);
                Add(ref a2, ref o2, c2);
                Add(ref a3, ref o3, c3);
                Add(ref a4, ref o4, c4);
                Add(ref a5, ref o5, c5);
                Add(ref a6, ref o6, c6);
                Add(ref a7, ref o7, c7);
            }
        }

        int* sums = tile.Sums;
        Store(a0, o0, sums);
        Store(a1, o1, sums + 16);
        Store(a2, o2, sums + 64);
        Store(a3, o3, sums + 80);
        Store(a4, o4, sums + 128);
        Store(a5, o5, sums + 144);
        Store(a6, o6, sums + 192);
        Store(a7, o7, sums + 208);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Table(byte* tables, byte* group) => Vector256.LoadAligned(tables + 2 * (nint)(*group));

    /// <summary>As <see cref="WideSum.Add"/>, for 32 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector256<ushort> all, ref Vector256<ushort> odd, Vector256<byte> bytes)
    {
        all += bytes.AsUInt16();
        odd += bytes.AsUInt16() >>> 8;
    }

    /// <summary>The sums of 16 channels, and of those 32 further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<ushort> all, Vector256<ushort> odd, int* sums)
    {
        Put(all - (odd << 8), sums);
        Put(odd, sums + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector256<ushort> words, int* sums)
    {
        Avx2.ConvertToVector256Int32(words.GetLower().AsInt16()).Store(sums);
        Avx2.ConvertToVector256Int32(words.GetUpper().AsInt16()).Store(sums + 8);
    }
}
