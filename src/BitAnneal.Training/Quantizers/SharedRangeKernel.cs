using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The mixture where all partners round to nearest over one range, as min-max and PACT mixtures do: the value is clipped once for all, and each
/// partner costs a product, a rounding and a multiply-add. Forward Σₖ mₖ·(Δₖ·codeₖ + min); backward ⟨G, Qₖ⟩ = Δₖ·Σ G·codeₖ + min·Σ G.
/// </summary>
/// <remarks>
/// The backward pass needs no input, only codes and two marks (inside the gradient's interval; above it): one 16-bit word per value, half of what
/// keeping the input would take. Partners are written out one by one, so that all they need stays in registers; one that is missing has only code 0.
/// Counts are multiples of <see cref="MixtureKernel.Lanes"/>.
/// </remarks>
internal static unsafe class SharedRangeKernel
{
    /// <summary>Bits of a word for the codes of all partners; two more are marks.</summary>
    public const int CodeBits = 14;

    /// <summary>Most partners.</summary>
    public const int MaxPartners = 3;

    private const int Lanes = MixtureKernel.Lanes, Inside = 1 << CodeBits, Above = 1 << (CodeBits + 1);

    /// <summary>q ← mixture; the words, unless they are null, receive what the backward pass needs. q may be x.</summary>
    public static void Forward(float* x, float* q, ushort* words, int count, MixtureConstants* c)
    {
        var (first, second, third) = (new Scales(c, 0), new Scales(c, 1), new Scales(c, 2));
        Vector512<float> offset = Vector512.Create(c->Offset[0]), width = Vector512.Create(c->Scale[0] * c->MaxCode[0]), start = Vector512.Create(Mean(c));
        Vector512<float> low = Vector512.Create(c->Low[0]), high = Vector512.Create(c->High[0]);
        Vector512<float> above = Vector512.Create(c->HasClip ? c->Clip : float.BitIncrement(c->High[0])), ceiling = Vector512.Create(c->Ceiling);
        for (int i = 0; i < count; i += Lanes)
        {
            var v = Vector512.MinNative(Vector512.Load(x + i), ceiling);
            var u = Vector512.MinNative(Vector512.MaxNative(v - offset, Vector512<float>.Zero), width);
            Vector512<float> a = Vector512.Round(u * first.Inverse), b = Vector512.Round(u * second.Inverse), d = Vector512.Round(u * third.Inverse);
            var y = Vector512.FusedMultiplyAdd(a, first.Weighted, start);
            y = Vector512.FusedMultiplyAdd(b, second.Weighted, y);
            y = Vector512.FusedMultiplyAdd(d, third.Weighted, y);
            y.Store(q + i);
            if (words != null)
            {
                // Whole numbers below 2¹⁴ times powers of two: exact.
                var code = Vector512.FusedMultiplyAdd(d, third.Place, Vector512.FusedMultiplyAdd(b, second.Place, a));
                var inside = Vector512.GreaterThanOrEqual(v, low) & Vector512.LessThanOrEqual(v, high);
                var word = Vector512.ConvertToInt32Native(code) | (inside.AsInt32() & Vector512.Create(Inside))
                    | (Vector512.GreaterThanOrEqual(v, above).AsInt32() & Vector512.Create(Above));
                Narrow(word).Store(words + i);
            }
        }
    }

    /// <summary>dx ← slope·G + D, D for positive x only where x is rectified; the sums grow by ⟨G, Qₖ⟩ and, last, dL/dα.</summary>
    public static void Backward(ushort* words, float* gradient, float* direct, bool rectified, float* dx, int count, MixtureConstants* c, double* sums)
    {
        var (first, second, third) = (new Scales(c, 0), new Scales(c, 1), new Scales(c, 2));
        var weight = Vector512.Create(c->Weight[0] + c->Weight[1] + c->Weight[2]);
        Vector512<float> total = default, above = default, a = default, b = default, d = default;
        for (int i = 0; i < count; i += Lanes)
        {
            var g = Vector512.Load(gradient + i);
            var word = Widen(Vector256.Load(words + i));
            total += g;
            a = Vector512.FusedMultiplyAdd(first.Code(word), g, a);
            b = Vector512.FusedMultiplyAdd(second.Code(word), g, b);
            d = Vector512.FusedMultiplyAdd(third.Code(word), g, d);
            above += Marked(word, Above) & g;
            var result = Marked(word, Inside) & (g * weight);
            if (direct != null)
            {
                var other = Vector512.Load(direct + i);
                result += rectified ? Marked(word, Inside | Above) & other : other; // x is positive inside and above.
            }

            result.Store(dx + i);
        }

        double sum = Vector512.Sum(total);
        Vector512<float>* dots = stackalloc[] { a, b, d };
        for (int k = 0; k < c->Count; k++)
        {
            sums[k] += c->Scale[k] * ((double)Vector512.Sum(dots[k]) / (1 << c->CodeShift[k])) + c->Offset[k] * sum;
        }

        sums[MixtureJob.MaxPartners] += c->HasClip ? Vector512.Sum(above) : 0;
    }

    /// <summary>Σ mₖ·min.</summary>
    private static float Mean(MixtureConstants* c)
    {
        float mean = 0;
        for (int k = 0; k < c->Count; k++)
        {
            mean += c->Weight[k] * c->Offset[k];
        }

        return mean;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Marked(Vector512<int> word, int mark) =>
        (~Vector512.Equals(word & Vector512.Create(mark), Vector512<int>.Zero)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<int> word) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector256UInt16(word)
        : Vector256.Narrow(word.GetLower(), word.GetUpper()).AsUInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector256<ushort> words)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.ConvertToVector512Int32(words);
        }

        var (lower, upper) = Vector256.Widen(words);
        return Vector512.Create(lower, upper).AsInt32();
    }

    /// <summary>What one partner needs.</summary>
    private readonly struct Scales(MixtureConstants* c, int k)
    {
        private readonly Vector512<int> mask = Vector512.Create((int)c->MaxCode[k] << c->CodeShift[k]);

        /// <summary>1/Δ.</summary>
        public readonly Vector512<float> Inverse = Vector512.Create(c->Inverse[k]);

        /// <summary>m·Δ.</summary>
        public readonly Vector512<float> Weighted = Vector512.Create(c->WeightedScale[k]);

        /// <summary>What the code is multiplied by to reach its place in a word.</summary>
        public readonly Vector512<float> Place = Vector512.Create((float)(1 << c->CodeShift[k]));

        /// <summary>The code that a word holds, times the power of two of its place: sums lose nothing by it.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Code(Vector512<int> word) => Vector512.ConvertToSingle(word & mask);
    }
}
