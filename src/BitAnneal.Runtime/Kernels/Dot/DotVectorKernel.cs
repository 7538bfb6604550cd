using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Dot;

/// <summary>Codes are shifted to the lowest bits and multiplied as signed bytes, 16 of a panel's channels after the other.</summary>
/// <typeparam name="TDot">The instruction.</typeparam>
/// <param name="bits">Bits of a weight code.</param>
internal sealed unsafe class DotVectorKernel<TDot>(int bits) : VectorKernel(bits)
    where TDot : struct, IDotProduct
{
    private const int Quarter = Channels / 4;

    /// <inheritdoc/>
    public override string Name => "dot 128";

    /// <inheritdoc/>
    public override void Run(ref readonly VectorTile tile)
    {
        for (int first = 0; first < Channels; first += Quarter)
        {
            Sum(in tile, first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(ref readonly VectorTile tile, int first)
    {
        Vector128<int> a = default, b = default, c = default, d = default;
        var mask = Vector128.Create((byte)((1 << Bits) - 1));
        byte* weights = tile.Panel + first * WordBytes;
        int* input = (int*)tile.Input;
        int bits = Bits, fields = ByteCodes;
        for (int block = 0; block < tile.Blocks; block++, weights += BlockBytes)
        {
            var w0 = Vector128.Load(weights);
            var w1 = Vector128.Load(weights + 16);
            var w2 = Vector128.Load(weights + 32);
            var w3 = Vector128.Load(weights + 48);
            for (int field = 0; field < fields; field++, input++)
            {
                var x = Vector64.CreateScalarUnsafe(*input).AsSByte();
                a = TDot.Add(a, (w0 & mask).AsSByte(), x);
                b = TDot.Add(b, (w1 & mask).AsSByte(), x);
                c = TDot.Add(c, (w2 & mask).AsSByte(), x);
                d = TDot.Add(d, (w3 & mask).AsSByte(), x);
                w0 >>>= bits;
                w1 >>>= bits;
                w2 >>>= bits;
                w3 >>>= bits;
            }
        }

        int* sums = tile.Sums + first;
        a.Store(sums);
        b.Store(sums + 4);
        c.Store(sums + 8);
        d.Store(sums + 12);
    }
}
