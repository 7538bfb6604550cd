using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The mixture where all partners round to nearest over one range, as min-max and PACT mixtures do: the value is clipped once for all, and each
/// partner costs a product, a rounding and a multiply-add. Forward Σₖ mₖ·(Δₖ·codeₖ + min); backward ⟨G, Qₖ⟩ = Δₖ·Σ G·codeₖ + min·Σ G.
/// </summary>
/// <remarks>
/// The backward pass needs no input, only codes and two marks (inside the gradient's interval; at or above the clip): one 16-bit word per value,
/// half of what keeping the input would take.
/// </remarks>
internal static unsafe class SharedRangeKernel
{
    /// <summary>Bits of a word for the codes of all partners; two more are marks.</summary>
    public const int CodeBits = 14;

    private const int Lanes = 16, Inside = 1 << CodeBits, Above = 1 << (CodeBits + 1);

    /// <summary>q ← mixture; the words, unless they are null, receive what the backward pass needs.</summary>
    public static void Forward(float* x, float* q, ushort* words, int count, MixtureConstants* c)
    {
        var s = new Shared(c);
        for (int i = 0; i < count; i += Lanes)
        {
            int left = Math.Min(count - i, Lanes);
            var v = MixtureKernel.Load(x + i, left);
            var u = s.Position(v);
            var y = s.Start;
            var word = Vector512<int>.Zero;
            for (int k = 0; k < c->Count; k++)
            {
                var code = Vector512.Round(u * Vector512.Create(c->Inverse[k]));
                y = Vector512.FusedMultiplyAdd(code, Vector512.Create(c->WeightedScale[k]), y);
                word |= Vector512.ConvertToInt32Native(code) << c->CodeShift[k];
            }

            MixtureKernel.Store(y, q + i, left);
            if (words != null)
            {
                var inside = Vector512.GreaterThanOrEqual(v, s.Low) & Vector512.LessThanOrEqual(v, s.High);
                word |= (inside.AsInt32() & Vector512.Create(Inside)) | (Vector512.GreaterThanOrEqual(v, s.Clip).AsInt32() & Vector512.Create(Above));
                StoreWords(Vector256.Narrow(word.GetLower(), word.GetUpper()).AsUInt16(), words + i, left);
            }
        }
    }

    /// <summary>dx ← slope·G; the sums grow by ⟨G, Qₖ⟩ and, last, dL/dα.</summary>
    public static void Backward(ushort* words, float* gradient, float* dx, int count, MixtureConstants* c, double* sums)
    {
        var s = new Shared(c);
        Vector512<float>* dots = stackalloc Vector512<float>[MixtureJob.MaxPartners];
        for (int k = 0; k < c->Count; k++)
        {
            dots[k] = Vector512<float>.Zero;
        }

        Vector512<float> total = default, above = default;
        for (int i = 0; i < count; i += Lanes)
        {
            int left = Math.Min(count - i, Lanes);
            var g = MixtureKernel.Load(gradient + i, left); // Zero beyond the end: adds nothing.
            var (low, high) = Vector256.Widen(LoadWords(words + i, left));
            var word = Vector512.Create(low, high).AsInt32();
            total += g;
            for (int k = 0; k < c->Count; k++)
            {
                var code = Vector512.ConvertToSingle((word >>> c->CodeShift[k]) & Vector512.Create((int)c->MaxCode[k]));
                dots[k] = Vector512.FusedMultiplyAdd(code, g, dots[k]);
            }

            above += Marked(word, Above) & g;
            MixtureKernel.Store(Marked(word, Inside) & (g * s.Weight), dx + i, left);
        }

        double sum = Vector512.Sum(total);
        for (int k = 0; k < c->Count; k++)
        {
            sums[k] += c->Scale[k] * (double)Vector512.Sum(dots[k]) + c->Offset[k] * sum;
        }

        sums[MixtureJob.MaxPartners] += Vector512.Sum(above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Marked(Vector512<int> word, int mark) =>
        (~Vector512.Equals(word & Vector512.Create(mark), Vector512<int>.Zero)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreWords(Vector256<ushort> values, ushort* target, int count)
    {
        if (count == Lanes)
        {
            values.Store(target);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            target[i] = values[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> LoadWords(ushort* source, int count)
    {
        if (count == Lanes)
        {
            return Vector256.Load(source);
        }

        var values = Vector256<ushort>.Zero;
        for (int i = 0; i < count; i++)
        {
            values = values.WithElement(i, source[i]);
        }

        return values;
    }

    /// <summary>What all partners have in common.</summary>
    private readonly struct Shared
    {
        private readonly Vector512<float> offset, width;

        public Shared(MixtureConstants* c)
        {
            offset = Vector512.Create(c->Offset[0]);
            width = Vector512.Create(c->Scale[0] * c->MaxCode[0]);
            (Low, High, Clip) = (Vector512.Create(c->Low[0]), Vector512.Create(c->High[0]), Vector512.Create(c->Clip));
            float weight = 0, start = 0;
            for (int k = 0; k < c->Count; k++)
            {
                weight += c->Weight[k];
                start += c->Weight[k] * c->Offset[k];
            }

            (Weight, Start) = (Vector512.Create(weight), Vector512.Create(start));
        }

        /// <summary>Ends of the interval on which the gradient passes; α, or infinity.</summary>
        public Vector512<float> Low { get; }

        public Vector512<float> High { get; }

        public Vector512<float> Clip { get; }

        /// <summary>Σ mₖ.</summary>
        public Vector512<float> Weight { get; }

        /// <summary>Σ mₖ·min.</summary>
        public Vector512<float> Start { get; }

        /// <summary>Distance from the lowest level, clipped to the range.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Position(Vector512<float> x) => Vector512.MinNative(Vector512.MaxNative(x - offset, Vector512<float>.Zero), width);
    }
}
