using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>AVX-512 BW: codes are shifted to the lowest bits, multiplied with <c>vpmaddubsw</c> and added up in 16 bits as long as that is exact.</summary>
/// <param name="bits">Bits of a weight code.</param>
internal sealed unsafe class Avx512VectorKernel(int bits) : VectorKernel(bits)
{
    private readonly int blocksInWord = Maddubs.GroupsInWord(128, (1 << bits) - 1) * bits / 8; // 8 / bits groups a block, inputs from −128 on.

    /// <inheritdoc/>
    public override string Name => "maddubs 512";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly VectorTile tile)
    {
        Vector512<int> a = default, b = default, c = default, d = default;
        var mask = Vector512.Create((byte)((1 << Bits) - 1));
        byte* weights = tile.Panel;
        int* input = (int*)tile.Input;
        int bits = Bits, fields = ByteCodes;
        for (int block = 0; block < tile.Blocks;)
        {
            Vector512<short> s = default, t = default, u = default, v = default;
            for (int stop = Math.Min(tile.Blocks, block + blocksInWord); block < stop; block++, weights += BlockBytes)
            {
                var w0 = Vector512.Load((ushort*)weights);
                var w1 = Vector512.Load((ushort*)weights + 32);
                var w2 = Vector512.Load((ushort*)weights + 64);
                var w3 = Vector512.Load((ushort*)weights + 96);
                for (int field = 0; field < fields; field++, input++)
                {
                    var x = Vector512.Create(*input).AsSByte();
                    s += Avx512BW.MultiplyAddAdjacent(w0.AsByte() & mask, x);
                    t += Avx512BW.MultiplyAddAdjacent(w1.AsByte() & mask, x);
                    u += Avx512BW.MultiplyAddAdjacent(w2.AsByte() & mask, x);
                    v += Avx512BW.MultiplyAddAdjacent(w3.AsByte() & mask, x);
                    w0 >>>= bits;
                    w1 >>>= bits;
                    w2 >>>= bits;
                    w3 >>>= bits;
                }
            }

            a += Avx512BW.MultiplyAddAdjacent(s, Vector512<short>.One);
            b += Avx512BW.MultiplyAddAdjacent(t, Vector512<short>.One);
            c += Avx512BW.MultiplyAddAdjacent(u, Vector512<short>.One);
            d += Avx512BW.MultiplyAddAdjacent(v, Vector512<short>.One);
        }

        a.Store(tile.Sums);
        b.Store(tile.Sums + 16);
        c.Store(tile.Sums + 32);
        d.Store(tile.Sums + 48);
    }
}
