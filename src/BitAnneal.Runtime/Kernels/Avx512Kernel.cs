using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX-512 BW: as <see cref="Vector256Kernel"/> with all 16 output channels in one vector, 32 multiply-accumulates per instruction.
/// </summary>
internal sealed unsafe class Avx512Kernel : IntegerKernel
{
    /// <inheritdoc/>
    public override string Name => "avx512";

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
        Vector512<int> a = default, b = default, c = default, d = default;
        nint step = tile.PixelStep;
        for (int ky = 0; ky < tile.Rows; ky++)
        {
            for (int kx = 0; kx < tile.Columns; kx++)
            {
                short* x = tile.Input + ky * tile.RowStep + kx * tile.ColumnStep;
                short* w = tile.Panel + ky * tile.PanelRowStep + kx * tile.PanelColumnStep;
                for (int pair = 0; pair < tile.Pairs; pair++, x += 2, w += 2 * Tile.Lanes)
                {
                    var weights = Vector512.Load(w);
                    a += Avx512BW.MultiplyAddAdjacent(weights, Broadcast(x));
                    b += Avx512BW.MultiplyAddAdjacent(weights, Broadcast(x + step));
                    c += Avx512BW.MultiplyAddAdjacent(weights, Broadcast(x + 2 * step));
                    d += Avx512BW.MultiplyAddAdjacent(weights, Broadcast(x + 3 * step));
                }
            }
        }

        a.Store(tile.Sums);
        b.Store(tile.Sums + Tile.Lanes);
        c.Store(tile.Sums + 2 * Tile.Lanes);
        d.Store(tile.Sums + 3 * Tile.Lanes);
    }

    private static void One(ref readonly Tile tile, int pixel)
    {
        var sum = Vector512<int>.Zero;
        for (int ky = 0; ky < tile.Rows; ky++)
        {
            for (int kx = 0; kx < tile.Columns; kx++)
            {
                short* x = tile.Input + pixel * tile.PixelStep + ky * tile.RowStep + kx * tile.ColumnStep;
                short* w = tile.Panel + ky * tile.PanelRowStep + kx * tile.PanelColumnStep;
                for (int pair = 0; pair < tile.Pairs; pair++, x += 2, w += 2 * Tile.Lanes)
                {
                    sum += Avx512BW.MultiplyAddAdjacent(Vector512.Load(w), Broadcast(x));
                }
            }
        }

        sum.Store(tile.Sums + pixel * Tile.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Broadcast(short* pair) => Vector512.Create(*(int*)pair).AsInt16();
}
