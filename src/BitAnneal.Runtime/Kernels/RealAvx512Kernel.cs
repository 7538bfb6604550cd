using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// AVX-512: 16 chains at once, 8 places × 32 output channels or 16 places × 16. That hides the latency of the fused multiply-add (4 cycles, two per
/// cycle) and leaves general registers for the addresses of all places.
/// </summary>
internal sealed unsafe class RealAvx512Kernel : RealKernel
{
    private const int Lanes = RealTile.Lanes;

    /// <inheritdoc/>
    public override string Name => "avx512";

    /// <inheritdoc/>
    public override int Places(int vectors) => 16 / vectors;

    /// <inheritdoc/>
    public override void Run(ref readonly RealTile tile)
    {
        if (tile.Vectors == 2)
        {
            EightByTwo(in tile);
        }
        else
        {
            SixteenByOne(in tile);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RunDepthwise(ref readonly RealTile tile)
    {
        for (int p = 0; p < 16; p += 4)
        {
            float* start = tile.Start + p * tile.StartStep, sums = tile.Sums + p * tile.SumStep;
            var a = Vector512.Load(start);
            var b = Vector512.Load(start + tile.StartStep);
            var c = Vector512.Load(start + 2 * tile.StartStep);
            var d = Vector512.Load(start + 3 * tile.StartStep);
            float* xa = tile.Input + tile.Places[p], xb = tile.Input + tile.Places[p + 1], xc = tile.Input + tile.Places[p + 2], xd = tile.Input + tile.Places[p + 3];
            for (int r = 0; r < tile.RunCount; r++)
            {
                var w = Vector512.Load(tile.Panel + r * Lanes);
                nint i = tile.Runs[r];
                a = Vector512.FusedMultiplyAdd(w, Vector512.Load(xa + i), a);
                b = Vector512.FusedMultiplyAdd(w, Vector512.Load(xb + i), b);
                c = Vector512.FusedMultiplyAdd(w, Vector512.Load(xc + i), c);
                d = Vector512.FusedMultiplyAdd(w, Vector512.Load(xd + i), d);
            }

            a.Store(sums);
            b.Store(sums + tile.SumStep);
            c.Store(sums + 2 * tile.SumStep);
            d.Store(sums + 3 * tile.SumStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo(ref readonly RealTile tile)
    {
        float* s = tile.Start;
        nint step = tile.StartStep;
        Vector512<float> a0 = Vector512.Load(s), a1 = Vector512.Load(s + Lanes);
        Vector512<float> b0 = Vector512.Load(s += step), b1 = Vector512.Load(s + Lanes);
        Vector512<float> c0 = Vector512.Load(s += step), c1 = Vector512.Load(s + Lanes);
        Vector512<float> d0 = Vector512.Load(s += step), d1 = Vector512.Load(s + Lanes);
        Vector512<float> e0 = Vector512.Load(s += step), e1 = Vector512.Load(s + Lanes);
        Vector512<float> f0 = Vector512.Load(s += step), f1 = Vector512.Load(s + Lanes);
        Vector512<float> g0 = Vector512.Load(s += step), g1 = Vector512.Load(s + Lanes);
        Vector512<float> h0 = Vector512.Load(s += step), h1 = Vector512.Load(s + Lanes);
        float* w = tile.Panel;
        int* place = tile.Places;
        for (int r = 0; r < tile.RunCount; r++)
        {
            float* x = tile.Input + tile.Runs[r];
            float* xa = x + place[0], xb = x + place[1], xc = x + place[2], xd = x + place[3];
            float* xe = x + place[4], xf = x + place[5], xg = x + place[6], xh = x + place[7];
            for (nint at = 0; at < tile.RunLength; at++, w += 2 * Lanes)
            {
                var w0 = Vector512.Load(w);
                var w1 = Vector512.Load(w + Lanes);
                var v = Vector512.Create(xa[at]);
                a0 = Vector512.FusedMultiplyAdd(w0, v, a0);
                a1 = Vector512.FusedMultiplyAdd(w1, v, a1);
                v = Vector512.Create(xb[at]);
                b0 = Vector512.FusedMultiplyAdd(w0, v, b0);
                b1 = Vector512.FusedMultiplyAdd(w1, v, b1);
                v = Vector512.Create(xc[at]);
                c0 = Vector512.FusedMultiplyAdd(w0, v, c0);
                c1 = Vector512.FusedMultiplyAdd(w1, v, c1);
                v = Vector512.Create(xd[at]);
                d0 = Vector512.FusedMultiplyAdd(w0, v, d0);
                d1 = Vector512.FusedMultiplyAdd(w1, v, d1);
                v = Vector512.Create(xe[at]);
                e0 = Vector512.FusedMultiplyAdd(w0, v, e0);
                e1 = Vector512.FusedMultiplyAdd(w1, v, e1);
                v = Vector512.Create(xf[at]);
                f0 = Vector512.FusedMultiplyAdd(w0, v, f0);
                f1 = Vector512.FusedMultiplyAdd(w1, v, f1);
                v = Vector512.Create(xg[at]);
                g0 = Vector512.FusedMultiplyAdd(w0, v, g0);
                g1 = Vector512.FusedMultiplyAdd(w1, v, g1);
                v = Vector512.Create(xh[at]);
                h0 = Vector512.FusedMultiplyAdd(w0, v, h0);
                h1 = Vector512.FusedMultiplyAdd(w1, v, h1);
            }
        }

        float* t = tile.Sums;
        step = tile.SumStep;
        a0.Store(t);
        a1.Store(t + Lanes);
        b0.Store(t += step);
        b1.Store(t + Lanes);
        c0.Store(t += step);
        c1.Store(t + Lanes);
        d0.Store(t += step);
        d1.Store(t + Lanes);
        e0.Store(t += step);
        e1.Store(t + Lanes);
        f0.Store(t += step);
        f1.Store(t + Lanes);
        g0.Store(t += step);
        g1.Store(t + Lanes);
        h0.Store(t += step);
        h1.Store(t + Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixteenByOne(ref readonly RealTile tile)
    {
        float* s = tile.Start;
        nint step = tile.StartStep;
        Vector512<float> a = Vector512.Load(s), b = Vector512.Load(s += step), c = Vector512.Load(s += step), d = Vector512.Load(s += step);
        Vector512<float> e = Vector512.Load(s += step), f = Vector512.Load(s += step), g = Vector512.Load(s += step), h = Vector512.Load(s += step);
        Vector512<float> i = Vector512.Load(s += step), j = Vector512.Load(s += step), k = Vector512.Load(s += step), l = Vector512.Load(s += step);
        Vector512<float> m = Vector512.Load(s += step), n = Vector512.Load(s += step), o = Vector512.Load(s += step), p = Vector512.Load(s += step);
        float* w = tile.Panel;
        int* place = tile.Places;
        for (int r = 0; r < tile.RunCount; r++)
        {
            float* x = tile.Input + tile.Runs[r];
            float* xa = x + place[0], xb = x + place[1], xc = x + place[2], xd = x + place[3];
            float* xe = x + place[4], xf = x + place[5], xg = x + place[6], xh = x + place[7];
            float* xi = x + place[8], xj = x + place[9], xk = x + place[10], xl = x + place[11];
            float* xm = x + place[12], xn = x + place[13], xo = x + place[14], xp = x + place[15];
            for (nint at = 0; at < tile.RunLength; at++, w += Lanes)
            {
                var v = Vector512.Load(w);
                a = Vector512.FusedMultiplyAdd(v, Vector512.Create(xa[at]), a);
                b = Vector512.FusedMultiplyAdd(v, Vector512.Create(xb[at]), b);
                c = Vector512.FusedMultiplyAdd(v, Vector512.Create(xc[at]), c);
                d = Vector512.FusedMultiplyAdd(v, Vector512.Create(xd[at]), d);
                e = Vector512.FusedMultiplyAdd(v, Vector512.Create(xe[at]), e);
                f = Vector512.FusedMultiplyAdd(v, Vector512.Create(xf[at]), f);
                g = Vector512.FusedMultiplyAdd(v, Vector512.Create(xg[at]), g);
                h = Vector512.FusedMultiplyAdd(v, Vector512.Create(xh[at]), h);
                i = Vector512.FusedMultiplyAdd(v, Vector512.Create(xi[at]), i);
                j = Vector512.FusedMultiplyAdd(v, Vector512.Create(xj[at]), j);
                k = Vector512.FusedMultiplyAdd(v, Vector512.Create(xk[at]), k);
                l = Vector512.FusedMultiplyAdd(v, Vector512.Create(xl[at]), l);
                m = Vector512.FusedMultiplyAdd(v, Vector512.Create(xm[at]), m);
                n = Vector512.FusedMultiplyAdd(v, Vector512.Create(xn[at]), n);
                o = Vector512.FusedMultiplyAdd(v, Vector512.Create(xo[at]), o);
                p = Vector512.FusedMultiplyAdd(v, Vector512.Create(xp[at]), p);
            }
        }

        float* t = tile.Sums;
        step = tile.SumStep;
        a.Store(t);
        b.Store(t += step);
        c.Store(t += step);
        d.Store(t += step);
        e.Store(t += step);
        f.Store(t += step);
        g.Store(t += step);
        h.Store(t += step);
        i.Store(t += step);
        j.Store(t += step);
        k.Store(t += step);
        l.Store(t += step);
        m.Store(t += step);
        n.Store(t += step);
        o.Store(t += step);
        p.Store(t += step);
    }
}
