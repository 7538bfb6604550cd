using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The mixture where all partners round to nearest over one range, as min-max and PACT mixtures do: the value is clipped once for all, and each
/// partner costs a product, a rounding and a multiply-add. Forward Σₖ mₖ·(Δₖ·codeₖ + min); backward ⟨G, Qₖ⟩ = Δₖ·Σ G·codeₖ + min·Σ G.
/// </summary>
internal static unsafe class SharedRangeKernel
{
    /// <summary>q ← mixture.</summary>
    public static void Forward(float* x, float* q, int count, MixtureConstants* c)
    {
        var shared = new Shared(c);
        Vector512<float>* inverse = stackalloc Vector512<float>[MixtureJob.MaxPartners], scale = stackalloc Vector512<float>[MixtureJob.MaxPartners];
        float sum = 0;
        for (int k = 0; k < c->Count; k++)
        {
            inverse[k] = Vector512.Create(c->Inverse[k]);
            scale[k] = Vector512.Create(c->Weight[k] * c->Scale[k]);
            sum += c->Weight[k] * c->Offset[k];
        }

        var start = Vector512.Create(sum);
        int i = 0;
        if (c->Count == 3)
        {
            var (i0, i1, i2, s0, s1, s2) = (inverse[0], inverse[1], inverse[2], scale[0], scale[1], scale[2]);
            for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
            {
                var u = shared.Position(Vector512.Load(x + i));
                var y = Vector512.FusedMultiplyAdd(Vector512.Round(u * i0), s0, start);
                y = Vector512.FusedMultiplyAdd(Vector512.Round(u * i1), s1, y);
                Vector512.FusedMultiplyAdd(Vector512.Round(u * i2), s2, y).Store(q + i);
            }
        }

        for (; i < count; i += Vector512<float>.Count)
        {
            int left = Math.Min(count - i, Vector512<float>.Count);
            var u = shared.Position(MixtureKernel.Load(x + i, left));
            var y = start;
            for (int k = 0; k < c->Count; k++)
            {
                y = Vector512.FusedMultiplyAdd(Vector512.Round(u * inverse[k]), scale[k], y);
            }

            MixtureKernel.Store(y, q + i, left);
        }
    }

    /// <summary>dx ← slope·G; the sums grow by ⟨G, Qₖ⟩ and, last, dL/dα.</summary>
    public static void Backward(float* x, float* gradient, float* dx, int count, MixtureConstants* c, double* sums)
    {
        var shared = new Shared(c);
        Vector512<float>* inverse = stackalloc Vector512<float>[MixtureJob.MaxPartners], codes = stackalloc Vector512<float>[MixtureJob.MaxPartners];
        for (int k = 0; k < c->Count; k++)
        {
            inverse[k] = Vector512.Create(c->Inverse[k]);
            codes[k] = Vector512<float>.Zero;
        }

        Vector512<float> low = Vector512.Create(c->Low[0]), high = Vector512.Create(c->High[0]), clip = Vector512.Create(c->Clip);
        Vector512<float> total = default, above = default;
        var (i0, i1, i2) = (inverse[0], inverse[Math.Min(1, c->Count - 1)], inverse[c->Count - 1]);
        Vector512<float> c0 = default, c1 = default, c2 = default;
        bool isThree = c->Count == 3, hasClip = c->HasClip;
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            int left = Math.Min(count - i, Vector512<float>.Count);
            var v = MixtureKernel.Load(x + i, left);
            var g = MixtureKernel.Load(gradient + i, left); // Zero beyond the end: adds nothing.
            var u = shared.Position(v);
            total += g;
            if (isThree)
            {
                c0 = Vector512.FusedMultiplyAdd(Vector512.Round(u * i0), g, c0);
                c1 = Vector512.FusedMultiplyAdd(Vector512.Round(u * i1), g, c1);
                c2 = Vector512.FusedMultiplyAdd(Vector512.Round(u * i2), g, c2);
            }
            else
            {
                for (int k = 0; k < c->Count; k++)
                {
                    codes[k] = Vector512.FusedMultiplyAdd(Vector512.Round(u * inverse[k]), g, codes[k]);
                }
            }

            if (hasClip)
            {
                above += Vector512.GreaterThanOrEqual(v, clip) & g;
            }

            var inside = Vector512.GreaterThanOrEqual(v, low) & Vector512.LessThanOrEqual(v, high);
            MixtureKernel.Store(inside & (g * shared.Weight), dx + i, left);
        }

        if (isThree)
        {
            (codes[0], codes[1], codes[2]) = (c0, c1, c2);
        }

        double sum = Vector512.Sum(total);
        for (int k = 0; k < c->Count; k++)
        {
            sums[k] += c->Scale[k] * (double)Vector512.Sum(codes[k]) + c->Offset[k] * sum;
        }

        sums[MixtureJob.MaxPartners] += Vector512.Sum(above);
    }

    /// <summary>What all partners have in common.</summary>
    private readonly struct Shared
    {
        private readonly Vector512<float> offset, width;

        public Shared(MixtureConstants* c)
        {
            offset = Vector512.Create(c->Offset[0]);
            width = Vector512.Create(c->Scale[0] * c->MaxCode[0]);
            float sum = 0;
            for (int k = 0; k < c->Count; k++)
            {
                sum += c->Weight[k];
            }

            Weight = Vector512.Create(sum);
        }

        /// <summary>Σ mₖ.</summary>
        public Vector512<float> Weight { get; }

        /// <summary>Distance from the lowest level, clipped to the range.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Position(Vector512<float> x) => Vector512.MinNative(Vector512.MaxNative(x - offset, Vector512<float>.Zero), width);
    }
}
