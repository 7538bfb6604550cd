using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>AVX2: as <see cref="Avx512VectorKernel"/>, half of a panel's channels after the other.</summary>
/// <param name="bits">Bits of a weight code.</param>
internal sealed unsafe class Vector256VectorKernel(int bits) : VectorKernel(bits)
{
    private readonly int blocksInWord = Maddubs.GroupsInWord(128, (1 << bits) - 1) * bits / 8; // 8 / bits groups a block, inputs from −128 on.

    /// <inheritdoc/>
    public override string Name => "maddubs 256";

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
        for (int block = 0; block < tile.Blocks;)
        {
            Vector256<short> s = default, t = default, u = default, v = default;
            for (int stop = Math.Min(tile.Blocks, block + blocksInWord); block < stop; block++, weights += BlockBytes)
            {
                var w0 = Vector256.Load((ushort*)weights);
                var w1 = Vector256.Load((ushort*)weights + 16);
                var w2 = Vector256.Load((ushort*)weights + 32);
                var w3 = Vector256.Load((ushort*)weights + 48);
                for (int field = 0; field < fields; field++, input++)
                {
                    var x = Vector256.Create(*input).AsSByte();
                    s += Avx2.MultiplyAddAdjacent(w0.AsByte() & mask, x);
                    t += Avx2.MultiplyAddAdjacent(w1.AsByte() & mask, x);
                    u += Avx2.MultiplyAddAdjacent(w2.AsByte() & mask, x);
                    v += Avx2.MultiplyAddAdjacent(w3.AsByte() & mask, x);
                    w0 >>>= bits;
                    w1 >>>= bits;
                    w2 >>>= bits;
                    w3 >>>= bits;
                }
            }

            a += Avx2.MultiplyAddAdjacent(s, Vector256<short>.One);
            b += Avx2.MultiplyAddAdjacent(t, Vector256<short>.One);
            c += Avx2.MultiplyAddAdjacent(u, Vector256<short>.One);
            d += Avx2.MultiplyAddAdjacent(v, Vector256<short>.One);
        }

        int* sums = tile.Sums + first;
        a.Store(sums);
        b.Store(sums + 8);
        c.Store(sums + 16);
        d.Store(sums + 24);
    }
}
