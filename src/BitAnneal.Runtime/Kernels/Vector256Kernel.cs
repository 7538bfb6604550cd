using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX2: a pair of input codes is broadcast to all lanes and multiplied with 8 output channels at once (<c>vpmaddwd</c>). A weight that
/// was loaded serves four places. Bound by one multiply per cycle: 16 multiply-accumulates.
/// </summary>
internal sealed unsafe class Vector256Kernel : IntegerKernel
{
    /// <inheritdoc/>
    public override string Name => "vector256";

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(ref readonly Tile tile)
    {
        if (tile.Pixels == Tile.MaxPixels)
        {
            Four(in tile);
            return;
        }

        for (int p = 0; p < tile.Pixels; p++)
        {
            One(in tile, p);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(ref readonly Tile tile)
    {
        Vector256<int> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        nint step = tile.PixelStep;
        for (int ky = 0; ky < tile.Rows; ky++)
        {
            for (int kx = 0; kx < tile.Columns; kx++)
            {
                short* x = tile.Input + ky * tile.RowStep + kx * tile.ColumnStep;
                short* w = tile.Panel + ky * tile.PanelRowStep + kx * tile.PanelColumnStep;
                for (int pair = 0; pair < tile.Pairs; pair++, x += 2, w += 2 * Tile.Lanes)
                {
                    var w0 = Vector256.Load(w);
                    var w1 = Vector256.Load(w + Tile.Lanes);
                    var v = Broadcast(x);
                    a0 += Avx2.MultiplyAddAdjacent(w0, v);
                    a1 += Avx2.MultiplyAddAdjacent(w1, v);
                    v = Broadcast(x + step);
                    b0 += Avx2.MultiplyAddAdjacent(w0, v);
                    b1 += Avx2.MultiplyAddAdjacent(w1, v);
                    v = Broadcast(x + 2 * step);
                    c0 += Avx2.MultiplyAddAdjacent(w0, v);
                    c1 += Avx2.MultiplyAddAdjacent(w1, v);
                    v = Broadcast(x + 3 * step);
                    d0 += Avx2.MultiplyAddAdjacent(w0, v);
                    d1 += Avx2.MultiplyAddAdjacent(w1, v);
                }
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

    private static void One(ref readonly Tile tile, int pixel)
    {
        Vector256<int> a0 = default, a1 = default;
        for (int ky = 0; ky < tile.Rows; ky++)
        {
            for (int kx = 0; kx < tile.Columns; kx++)
            {
                short* x = tile.Input + pixel * tile.PixelStep + ky * tile.RowStep + kx * tile.ColumnStep;
                short* w = tile.Panel + ky * tile.PanelRowStep + kx * tile.PanelColumnStep;
                for (int pair = 0; pair < tile.Pairs; pair++, x += 2, w += 2 * Tile.Lanes)
                {
                    var v = Broadcast(x);
                    a0 += Avx2.MultiplyAddAdjacent(Vector256.Load(w), v);
                    a1 += Avx2.MultiplyAddAdjacent(Vector256.Load(w + Tile.Lanes), v);
                }
            }
        }

        a0.Store(tile.Sums + pixel * Tile.Lanes);
        a1.Store(tile.Sums + pixel * Tile.Lanes + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Broadcast(short* pair) => Vector256.Create(*(int*)pair).AsInt16();
}
