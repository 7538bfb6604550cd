using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX2 for codes of 1 bit: common bits are counted by looking up both halves of every byte in a register. Counts of bytes are widened
/// before they could overflow.
/// </summary>
internal sealed unsafe class Vector256BitRunKernel : WordRunKernel
{
    private const int GroupsInByte = byte.MaxValue / 8;

    private static readonly Vector256<byte> Counts = Vector256.Create(BitCounts.OfHalfBytes, BitCounts.OfHalfBytes);

    /// <inheritdoc/>
    public override string Name => "bits 256";

    /// <inheritdoc/>
    public override int Places => 4;

    /// <inheritdoc/>
    public override int Channels => 16;

    /// <inheritdoc/>
    public override int CodeBits => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        var counts = Counts;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + tile.Places[0], b = input + tile.Places[1], c = input + tile.Places[2], d = input + tile.Places[3];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end;)
            {
                Vector256<byte> s0 = default, s1 = default, t0 = default, t1 = default, u0 = default, u1 = default, v0 = default, v1 = default;
                for (nint stop = Math.Min(end, offset + GroupsInByte * GroupBytes); offset < stop; offset += GroupBytes, weights += 64)
                {
                    var w0 = Vector256.Load(weights);
                    var w1 = Vector256.Load(weights + 32);
                    var x = Broadcast(a + offset);
                    s0 += Count(x & w0, counts);
                    s1 += Count(x & w1, counts);
                    x = Broadcast(b + offset);
                    t0 += Count(x & w0, counts);
                    t1 += Count(x & w1, counts);
                    x = Broadcast(c + offset);
                    u0 += Count(x & w0, counts);
                    u1 += Count(x & w1, counts);
                    x = Broadcast(d + offset);
                    v0 += Count(x & w0, counts);
                    v1 += Count(x & w1, counts);
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
        a1.Store(sums + 8);
        b0.Store(sums + 16);
        b1.Store(sums + 24);
        c0.Store(sums + 32);
        c1.Store(sums + 40);
        d0.Store(sums + 48);
        d1.Store(sums + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Count(Vector256<byte> bits, Vector256<byte> counts)
    {
        var half = Vector256.Create((byte)0xF);
        return Avx2.Shuffle(counts, bits & half) + Avx2.Shuffle(counts, (bits.AsUInt16() >>> 4).AsByte() & half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector256<byte> counts) =>
        Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(counts, Vector256<sbyte>.One), Vector256<short>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Broadcast(byte* group) => Vector256.Create(*(int*)group).AsByte();
}
