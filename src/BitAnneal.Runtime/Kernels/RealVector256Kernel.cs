using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels;

/// <summary>FMA: 6 places × 16 output channels in 12 of the 16 registers.</summary>
internal sealed unsafe class RealVector256Kernel : RealKernel
{
    private const int Half = RealTile.Lanes / 2;

    /// <inheritdoc/>
    public override string Name => "vector256";

    /// <inheritdoc/>
    public override int Places(int vectors) => 6;

    /// <inheritdoc/>
    public override void Run(ref readonly RealTile tile)
    {
        for (int v = 0; v < tile.Vectors; v++)
        {
            Six(in tile, v * RealTile.Lanes);
        }
    }

    /// <inheritdoc/>
    public override void RunDepthwise(ref readonly RealTile tile)
    {
        for (int p = 0; p < 6; p++)
        {
            float* start = tile.Start + p * tile.StartStep, x = tile.Input + tile.Places[p];
            var low = Vector256.Load(start);
            var high = Vector256.Load(start + Half);
            for (int r = 0; r < tile.RunCount; r++)
            {
                float* w = tile.Panel + r * RealTile.Lanes;
                low = Fma.MultiplyAdd(Vector256.Load(w), Vector256.Load(x + tile.Runs[r]), low);
                high = Fma.MultiplyAdd(Vector256.Load(w + Half), Vector256.Load(x + tile.Runs[r] + Half), high);
            }

            low.Store(tile.Sums + p * tile.SumStep);
            high.Store(tile.Sums + p * tile.SumStep + Half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Six(ref readonly RealTile tile, int lane)
    {
        float* s = tile.Start + lane;
        nint step = tile.StartStep;
        Vector256<float> a0 = Vector256.Load(s), a1 = Vector256.Load(s + Half);
        Vector256<float> b0 = Vector256.Load(s += step), b1 = Vector256.Load(s + Half);
        Vector256<float> c0 = Vector256.Load(s += step), c1 = Vector256.Load(s + Half);
        Vector256<float> d0 = Vector256.Load(s += step), d1 = Vector256.Load(s + Half);
        Vector256<float> e0 = Vector256.Load(s += step), e1 = Vector256.Load(s + Half);
        Vector256<float> f0 = Vector256.Load(s += step), f1 = Vector256.Load(s + Half);
        float* w = tile.Panel + lane;
        nint panelStep = tile.Vectors * RealTile.Lanes;
        int* p = tile.Places;
        for (int r = 0; r < tile.RunCount; r++)
        {
            float* x = tile.Input + tile.Runs[r];
            float* xa = x + p[0], xb = x + p[1], xc = x + p[2], xd = x + p[3], xe = x + p[4], xf = x + p[5];
            for (nint i = 0; i < tile.RunLength; i++, w += panelStep)
            {
                var w0 = Vector256.Load(w);
                var w1 = Vector256.Load(w + Half);
                var v = Vector256.Create(xa[i]);
                a0 = Fma.MultiplyAdd(w0, v, a0);
                a1 = Fma.MultiplyAdd(w1, v, a1);
                v = Vector256.Create(xb[i]);
                b0 = Fma.MultiplyAdd(w0, v, b0);
                b1 = Fma.MultiplyAdd(w1, v, b1);
                v = Vector256.Create(xc[i]);
                c0 = Fma.MultiplyAdd(w0, v, c0);
                c1 = Fma.MultiplyAdd(w1, v, c1);
                v = Vector256.Create(xd[i]);
                d0 = Fma.MultiplyAdd(w0, v, d0);
                d1 = Fma.MultiplyAdd(w1, v, d1);
                v = Vector256.Create(xe[i]);
                e0 = Fma.MultiplyAdd(w0, v, e0);
                e1 = Fma.MultiplyAdd(w1, v, e1);
                v = Vector256.Create(xf[i]);
                f0 = Fma.MultiplyAdd(w0, v, f0);
                f1 = Fma.MultiplyAdd(w1, v, f1);
            }
        }

        Store(tile.Sums + lane, a0, a1);
        Store(tile.Sums + lane + tile.SumStep, b0, b1);
        Store(tile.Sums + lane + 2 * tile.SumStep, c0, c1);
        Store(tile.Sums + lane + 3 * tile.SumStep, d0, d1);
        Store(tile.Sums + lane + 4 * tile.SumStep, e0, e1);
        Store(tile.Sums + lane + 5 * tile.SumStep, f0, f1);
    }

    private static void Store(float* target, Vector256<float> low, Vector256<float> high)
    {
        low.Store(target);
        high.Store(target + Half);
    }
}
