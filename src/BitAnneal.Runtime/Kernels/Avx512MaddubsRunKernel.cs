using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX-512 BW for narrow codes: <c>vpmaddubsw</c> and a 16-bit addition, 64 multiply-accumulates in two instructions. Sums of 16 bits are widened
/// before the largest codes could overflow them (<see cref="Maddubs"/>).
/// </summary>
/// <param name="largestInput">Largest input code.</param>
/// <param name="largestWeight">Largest weight code.</param>
internal sealed unsafe class Avx512MaddubsRunKernel(int largestInput, int largestWeight) : WordRunKernel
{
    private readonly int groupsInWord = Maddubs.Checked(largestInput, largestWeight);

    /// <inheritdoc/>
    public override string Name => "maddubs 512";

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
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end;)
            {
                Vector512<short> s0 = default, s1 = default, t0 = default, t1 = default, u0 = default, u1 = default, v0 = default, v1 = default;
                for (nint stop = Math.Min(end, offset + groupsInWord * GroupBytes); offset < stop; offset += GroupBytes, weights += 128)
                {
                    var w0 = Vector512.Load((sbyte*)weights);
                    var w1 = Vector512.Load((sbyte*)weights + 64);
                    var x = Broadcast(a + offset);
                    s0 += Avx512BW.MultiplyAddAdjacent(x, w0);
                    s1 += Avx512BW.MultiplyAddAdjacent(x, w1);
                    x = Broadcast(b + offset);
                    t0 += Avx512BW.MultiplyAddAdjacent(x, w0);
                    t1 += Avx512BW.MultiplyAddAdjacent(x, w1);
                    x = Broadcast(c + offset);
                    u0 += Avx512BW.MultiplyAddAdjacent(x, w0);
                    u1 += Avx512BW.MultiplyAddAdjacent(x, w1);
                    x = Broadcast(d + offset);
                    v0 += Avx512BW.MultiplyAddAdjacent(x, w0);
                    v1 += Avx512BW.MultiplyAddAdjacent(x, w1);
                }

                a0 += Widen(s0);
                a1 += Widen(s1);
                b0 += Widen(t0);
                b1 += Widen(t1);
                c0 += Widen(u0);
                c1 += Widen(u1);
                d0 += Widen(v0);
                d1 += Widen(v1);
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
    private static Vector512<int> Widen(Vector512<short> sums) => Avx512BW.MultiplyAddAdjacent(sums, Vector512<short>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Broadcast(byte* group) => Vector512.Create(*(int*)group).AsByte();
}
