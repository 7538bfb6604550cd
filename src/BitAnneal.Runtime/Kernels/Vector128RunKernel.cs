using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// 128 bits, on any processor: the even and the odd bytes of both sides as 16-bit numbers, whose products fit 16 bits unsigned. Exact for all
/// codes.
/// </summary>
internal sealed unsafe class Vector128RunKernel : WordRunKernel
{
    /// <inheritdoc/>
    public override string Name => "products 128";

    /// <inheritdoc/>
    public override int Places => 2;

    /// <inheritdoc/>
    public override int Channels => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector128<uint> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + tile.Places[0], b = input + tile.Places[1];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end; offset += GroupBytes, weights += 64)
            {
                var x = Broadcast(a + offset);
                var y = Broadcast(b + offset);
                var w = Vector128.Load((ushort*)weights);
                a0 += Dot(x, w);
                b0 += Dot(y, w);
                w = Vector128.Load((ushort*)weights + 8);
                a1 += Dot(x, w);
                b1 += Dot(y, w);
                w = Vector128.Load((ushort*)weights + 16);
                a2 += Dot(x, w);
                b2 += Dot(y, w);
                w = Vector128.Load((ushort*)weights + 24);
                a3 += Dot(x, w);
                b3 += Dot(y, w);
            }
        }

        uint* sums = (uint*)tile.Sums;
        a0.Store(sums);
        a1.Store(sums + 4);
        a2.Store(sums + 8);
        a3.Store(sums + 12);
        b0.Store(sums + 16);
        b1.Store(sums + 20);
        b2.Store(sums + 24);
        b3.Store(sums + 28);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Dot(Vector128<ushort> x, Vector128<ushort> w)
    {
        var low = Vector128.Create((ushort)0xFF);
        return AddPairs((x & low) * (w & low)) + AddPairs((x >>> 8) * (w >>> 8));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> AddPairs(Vector128<ushort> products) =>
        (products.AsUInt32() & Vector128.Create(0xFFFFu)) + (products.AsUInt32() >>> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Broadcast(byte* group) => Vector128.Create(*(int*)group).AsUInt16();
}
