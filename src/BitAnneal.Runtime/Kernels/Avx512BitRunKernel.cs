using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX-512 BW for codes of 1 bit: common bits are counted by looking up both halves of every byte in a register. Counts of bytes are widened
/// before they could overflow.
/// </summary>
internal sealed unsafe class Avx512BitRunKernel : WordRunKernel
{
    private const int GroupsInByte = byte.MaxValue / 8;

    private static readonly Vector512<byte> Counts = Vector512.Create(Vector256.Create(BitCounts.OfHalfBytes, BitCounts.OfHalfBytes), Vector256.Create(BitCounts.OfHalfBytes, BitCounts.OfHalfBytes));

    /// <inheritdoc/>
    public override string Name => "bits 512";

    /// <inheritdoc/>
    public override int Places => 4;

    /// <inheritdoc/>
    public override int Channels => 32;

    /// <inheritdoc/>
    public override int CodeBits => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector512<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        var counts = Counts;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + tile.Places[0], b = input + tile.Places[1], c = input + tile.Places[2], d = input + tile.Places[3];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end;)
            {
                Vector512<byte> s0 = default, s1 = default, t0 = default, t1 = default, u0 = default, u1 = default, v0 = default, v1 = default;
                for (nint stop = Math.Min(end, offset + GroupsInByte * GroupBytes); offset < stop; offset += GroupBytes, weights += 128)
                {
                    var w0 = Vector512.Load(weights);
                    var w1 = Vector512.Load(weights + 64);
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
        a1.Store(sums + 16);
        b0.Store(sums + 32);
        b1.Store(sums + 48);
        c0.Store(sums + 64);
        c1.Store(sums + 80);
        d0.Store(sums + 96);
        d1.Store(sums + 112);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Count(Vector512<byte> bits, Vector512<byte> counts)
    {
        var half = Vector512.Create((byte)0xF);
        return Avx512BW.Shuffle(counts, bits & half) + Avx512BW.Shuffle(counts, (bits.AsUInt16() >>> 4).AsByte() & half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector512<byte> counts) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(counts, Vector512<sbyte>.One), Vector512<short>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Broadcast(byte* group) => Vector512.Create(*(int*)group).AsByte();
}
