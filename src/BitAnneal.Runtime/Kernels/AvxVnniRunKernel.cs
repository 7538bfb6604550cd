using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX-VNNI: <c>vpdpbusd</c> on 256 bits, 32 multiply-accumulates an instruction. It multiplies unsigned with signed bytes; weight codes of 8 bits are
/// stored minus 128 (see <see cref="WordRunKernel.WeightBias"/>).
/// </summary>
/// <param name="weightBits">Bits of a weight code, 1 to 8.</param>
internal sealed unsafe class AvxVnniRunKernel(int weightBits) : WordRunKernel
{
    /// <inheritdoc/>
    public override string Name => "vnni 256";

    /// <inheritdoc/>
    public override int Places => 6;

    /// <inheritdoc/>
    public override int Channels => 16;

    /// <inheritdoc/>
    public override int WeightBias => weightBits == 8 ? 128 : 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default;
        Vector256<int> d0 = default, d1 = default, e0 = default, e1 = default, f0 = default, f1 = default;
        int* places = tile.Places;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + places[0], b = input + places[1], c = input + places[2], d = input + places[3], e = input + places[4], f = input + places[5];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end; offset += GroupBytes, weights += 64)
            {
                var w0 = Vector256.Load((sbyte*)weights);
                var w1 = Vector256.Load((sbyte*)weights + 32);
                var x = Broadcast(a + offset);
                a0 = AvxVnni.MultiplyWideningAndAdd(a0, x, w0);
                a1 = AvxVnni.MultiplyWideningAndAdd(a1, x, w1);
                x = Broadcast(b + offset);
                b0 = AvxVnni.MultiplyWideningAndAdd(b0, x, w0);
                b1 = AvxVnni.MultiplyWideningAndAdd(b1, x, w1);
                x = Broadcast(c + offset);
                c0 = AvxVnni.MultiplyWideningAndAdd(c0, x, w0);
                c1 = AvxVnni.MultiplyWideningAndAdd(c1, x, w1);
                x = Broadcast(d + offset);
                d0 = AvxVnni.MultiplyWideningAndAdd(d0, x, w0);
                d1 = AvxVnni.MultiplyWideningAndAdd(d1, x, w1);
                x = Broadcast(e + offset);
                e0 = AvxVnni.MultiplyWideningAndAdd(e0, x, w0);
                e1 = AvxVnni.MultiplyWideningAndAdd(e1, x, w1);
                x = Broadcast(f + offset);
                f0 = AvxVnni.MultiplyWideningAndAdd(f0, x, w0);
                f1 = AvxVnni.MultiplyWideningAndAdd(f1, x, w1);
            }
        }

        int* sums = tile.Sums;
        a0.Store(sums);
        a1.Store(sums + 8);
        b0.Store(sums + 16);
        b1.Store(sums + 24);
        c0.Store(sums + 32);
        c1.Store(sums + 40);
        d0.Store(sums + 48);
        d1.Store(sums + 56);
        e0.Store(sums + 64);
        e1.Store(sums + 72);
        f0.Store(sums + 80);
        f1.Store(sums + 88);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Broadcast(byte* group) => Vector256.Create(*(int*)group).AsByte();
}
