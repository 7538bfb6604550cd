using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>AVX-VNNI: codes are shifted to the lowest bits and multiplied with <c>vpdpbusd</c> on 256 bits, half of a panel's channels after the other.</summary>
/// <param name="bits">Bits of a weight code.</param>
internal sealed unsafe class AvxVnniVectorKernel(int bits) : VectorKernel(bits)
{
    /// <inheritdoc/>
    public override string Name => "vnni 256";

    /// <inheritdoc/>
    public override void Run(ref readonly VectorTile tile)
    {
        Half(in tile, 0);
        Half(in tile, Channels / 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Half(ref readonly VectorTile tile, int first)
    {
        Vector256<int> a = default, b = default, c = default, d = default;
        var mask = Vector256.Create((byte)((1 << Bits) - 1));
        byte* weights = tile.Panel + first * WordBytes;
        int* input = (int*)tile.Input;
        int bits = Bits, fields = ByteCodes;
        for (int block = 0; block < tile.Blocks; block++, weights += BlockBytes)
        {
            var w0 = Vector256.Load((ushort*)weights);
            var w1 = Vector256.Load((ushort*)weights + 16);
            var w2 = Vector256.Load((ushort*)weights + 32);
            var w3 = Vector256.Load((ushort*)weights + 48);
            for (int field = 0; field < fields; field++, input++)
            {
                var x = Vector256.Create(*input).AsSByte();
                a = AvxVnni.MultiplyWideningAndAdd(a, w0.AsByte() & mask, x);
                b = AvxVnni.MultiplyWideningAndAdd(b, w1.AsByte() & mask, x);
                c = AvxVnni.MultiplyWideningAndAdd(c, w2.AsByte() & mask, x);
                d = AvxVnni.MultiplyWideningAndAdd(d, w3.AsByte() & mask, x);
                w0 >>>= bits;
                w1 >>>= bits;
                w2 >>>= bits;
                w3 >>>= bits;
            }
        }

        int* sums = tile.Sums + first;
        a.Store(sums);
        b.Store(sums + 8);
        c.Store(sums + 16);
        d.Store(sums + 24);
    }
}
