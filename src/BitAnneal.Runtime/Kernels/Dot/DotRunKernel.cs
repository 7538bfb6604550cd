using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Dot;

/// <summary>Codes and weights of up to 8 bits are multiplied as they are: both are unsigned bytes, so no zero point is needed.</summary>
/// <typeparam name="TDot">The instruction.</typeparam>
internal sealed unsafe class DotRunKernel<TDot> : WordRunKernel
    where TDot : struct, IDotProduct
{
    /// <inheritdoc/>
    public override string Name => "dot 128";

    /// <inheritdoc/>
    public override int Places => 4;

    /// <inheritdoc/>
    public override int Channels => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly RunTile tile)
    {
        Vector128<uint> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        Vector128<uint> c0 = default, c1 = default, c2 = default, c3 = default, d0 = default, d1 = default, d2 = default, d3 = default;
        byte* weights = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            byte* input = tile.Input + tile.Runs[run];
            byte* a = input + tile.Places[0], b = input + tile.Places[1], c = input + tile.Places[2], d = input + tile.Places[3];
            for (nint offset = 0, end = (nint)tile.RunLength * GroupBytes; offset < end; offset += GroupBytes, weights += 64)
            {
                Vector64<byte> x = Codes(a + offset), y = Codes(b + offset), z = Codes(c + offset), u = Codes(d + offset);
                var w = Vector128.Load(weights);
                a0 = TDot.Add(a0, w, x);
                b0 = TDot.Add(b0, w, y);
                c0 = TDot.Add(c0, w, z);
                d0 = TDot.Add(d0, w, u);
                w = Vector128.Load(weights + 16);
                a1 = TDot.Add(a1, w, x);
                b1 = TDot.Add(b1, w, y);
                c1 = TDot.Add(c1, w, z);
                d1 = TDot.Add(d1, w, u);
                w = Vector128.Load(weights + 32);
                a2 = TDot.Add(a2, w, x);
                b2 = TDot.Add(b2, w, y);
                c2 = TDot.Add(c2, w, z);
                d2 = TDot.Add(d2, w, u);
                w = Vector128.Load(weights + 48);
                a3 = TDot.Add(a3, w, x);
                b3 = TDot.Add(b3, w, y);
                c3 = TDot.Add(c3, w, z);
                d3 = TDot.Add(d3, w, u);
            }
        }

        uint* sums = (uint*)tile.Sums;
        Store(sums, a0, a1, a2, a3);
        Store(sums + 16, b0, b1, b2, b3);
        Store(sums + 32, c0, c1, c2, c3);
        Store(sums + 48, d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector64<byte> Codes(byte* group) => Vector64.CreateScalarUnsafe(*(uint*)group).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(uint* sums, Vector128<uint> first, Vector128<uint> second, Vector128<uint> third, Vector128<uint> fourth)
    {
        first.Store(sums);
        second.Store(sums + 4);
        third.Store(sums + 8);
        fourth.Store(sums + 12);
    }
}
