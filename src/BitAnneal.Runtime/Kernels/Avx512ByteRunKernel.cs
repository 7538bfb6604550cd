using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX-512 BW for codes of up to 8 bits: the even and the odd bytes of both sides as 16-bit numbers, two <c>vpmaddwd</c> for 64
/// multiply-accumulates. Exact for all codes.
/// </summary>
internal sealed unsafe class Avx512ByteRunKernel : WordRunKernel
{
    /// <inheritdoc/>
    public override string Name => "madd 512";

    /// <inheritdoc/>
    public override int Places => 4;

    /// <inheritdoc/>
    public override int Channels => 32;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector512<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + tile.Places[0], b = input + tile.Places[1], c = input + tile.Places[2], d = input + tile.Places[3];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end; offset += GroupBytes, weights += 128)
            {
                var w0 = Vector512.Load((ushort*)weights);
                var w1 = Vector512.Load((ushort*)weights + 32);
                Vector512<short> even0 = Even(w0), odd0 = Odd(w0), even1 = Even(w1), odd1 = Odd(w1);
                var x = Broadcast(a + offset);
                Vector512<short> even = Even(x), odd = Odd(x);
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
        a1.Store(sums + 16);
        b0.Store(sums + 32);
        b1.Store(sums + 48);
        c0.Store(sums + 64);
        c1.Store(sums + 80);
        d0.Store(sums + 96);
        d1.Store(sums + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Dot(Vector512<short> even, Vector512<short> odd, Vector512<short> evenWeights, Vector512<short> oddWeights) =>
        Avx512BW.MultiplyAddAdjacent(even, evenWeights) + Avx512BW.MultiplyAddAdjacent(odd, oddWeights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Even(Vector512<ushort> bytes) => (bytes & Vector512.Create((ushort)0xFF)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Odd(Vector512<ushort> bytes) => (bytes >>> 8).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Broadcast(byte* group) => Vector512.Create(*(int*)group).AsUInt16();
}
