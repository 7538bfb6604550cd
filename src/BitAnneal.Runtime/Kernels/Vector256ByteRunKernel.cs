using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX2 for codes of up to 8 bits: the even and the odd bytes of both sides as 16-bit numbers, two <c>vpmaddwd</c> for 32
/// multiply-accumulates. Exact for all codes.
/// </summary>
internal sealed unsafe class Vector256ByteRunKernel : WordRunKernel
{
    /// <inheritdoc/>
    public override string Name => "madd 256";

    /// <inheritdoc/>
    public override int Places => 4;

    /// <inheritdoc/>
    public override int Channels => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + tile.Places[0], b = input + tile.Places[1], c = input + tile.Places[2], d = input + tile.Places[3];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end; offset += GroupBytes, weights += 64)
            {
                var w0 = Vector256.Load((ushort*)weights);
                var w1 = Vector256.Load((ushort*)weights + 16);
                Vector256<short> even0 = Even(w0), odd0 = Odd(w0), even1 = Even(w1), odd1 = Odd(w1);
                var x = Broadcast(a + offset);
                Vector256<short> even = Even(x), odd = Odd(x);
                a0 += Dot(even, odd, even0, odd0);
                a1 += Dot(even, odd, even1, odd1);
                x = Broadcast(b + offset);
                (even, odd) = (Even(x), Odd(x));
                b0 += Dot(even, odd, even0, odd0);
                b1 += Dot(even, odd, even1, odd1);
                x = Broadcast(c + offset);
                (even, odd) = (Even(x), Odd(x));
                c0 += Dot(even, odd, even0, odd0);
                c1 += Dot(even, odd, even1, odd1);
                x = Broadcast(d + offset);
                (even, odd) = (Even(x), Odd(x));
                d0 += Dot(even, odd, even0, odd0);
                d1 += Dot(even, odd, even1, odd1);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<short> even, Vector256<short> odd, Vector256<short> evenWeights, Vector256<short> oddWeights) =>
        Avx2.MultiplyAddAdjacent(even, evenWeights) + Avx2.MultiplyAddAdjacent(odd, oddWeights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Even(Vector256<ushort> bytes) => (bytes & Vector256.Create((ushort)0xFF)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Odd(Vector256<ushort> bytes) => (bytes >>> 8).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Broadcast(byte* group) => Vector256.Create(*(int*)group).AsUInt16();
}
