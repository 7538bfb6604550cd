using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>
/// The code of a value: the one definition that kernels, tensor operations and the freeze share, so that a network ships with the very codes it was
/// trained with. All in float32, rounded after each step: <c>position = (x − offset) · (1/scale)</c>, then rounded to a code, then clamped.
/// </summary>
/// <remarks>
/// Straight-through training parks latent weights on thresholds. There the last bit decides about the code: a freeze that divided in float64 sent
/// some of them to the other side, which cost up to most of the accuracy.
/// </remarks>
internal static unsafe class LevelCode
{
    /// <summary>1/Δ as everyone multiplies by it. It stays finite where Δ is below the normal numbers: zero times infinity would have no code.</summary>
    public static float Inverse(float scale) => MathF.Min(1 / scale, float.MaxValue);

    /// <summary>The code of one value.</summary>
    public static int Of(float x, in Partner p)
    {
        if (!float.IsNaN(p.DeadZone))
        {
            return Math.Min(p.MaxCode, p.MinCode + (x >= -p.DeadZone ? 1 : 0) + (x > p.DeadZone ? 1 : 0));
        }

        float difference = x - p.Offset;
        float position = difference * Inverse(p.Scale);
        float shift = Shift(p.Rounding);
        float code = float.IsNaN(shift) ? MathF.Round(position, MidpointRounding.ToEven) : MathF.Floor(position + shift);
        return code >= p.MaxCode ? p.MaxCode : code > p.MinCode ? (int)code : p.MinCode;
    }

    /// <summary>How far a value is from the nearest threshold between two codes, in steps.</summary>
    public static double ThresholdDistance(float x, in Partner p)
    {
        if (!float.IsNaN(p.DeadZone))
        {
            return Math.Min(Math.Abs((double)x - p.DeadZone), Math.Abs((double)x + p.DeadZone)) / p.Scale;
        }

        // A position p becomes floor(p + shift): the code changes where that sum is whole, above the lowest code.
        double shift = p.Rounding == Rounding.Floor ? 0 : 0.5, sum = (((double)x - p.Offset) / p.Scale) + shift;
        return Math.Abs(sum - Math.Clamp(Math.Round(sum), p.MinCode + 1, p.MaxCode));
    }

    /// <summary>The codes of sixteen values under quantizer k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x, MixtureConstants* c, int k)
    {
        var min = Vector512.Create(c->MinCode[k]);
        Vector512<float> code;
        if ((c->Thresholds >> k & 1) != 0)
        {
            var zone = Vector512.Create(c->DeadZone[k]);
            code = min + (Vector512.GreaterThanOrEqual(x, -zone) & Vector512.Create(1f)) + (Vector512.GreaterThan(x, zone) & Vector512.Create(1f));
        }
        else
        {
            var position = (x - Vector512.Create(c->Offset[k])) * c->Inverse[k];
            float shift = c->RoundingShift[k];
            code = float.IsNaN(shift) ? Vector512.Round(position) : Vector512.Floor(position + Vector512.Create(shift));
        }

        return Vector512.MinNative(Vector512.MaxNative(code, min), Vector512.Create(c->MaxCode[k]));
    }

    /// <summary>The codes of a tensor in plain tensor operations.</summary>
    public static Tensor Of(Tensor x, Partner[] partners)
    {
        var (min, max) = (PerChannel(x, partners, p => p.MinCode), PerChannel(x, partners, p => p.MaxCode));
        var position = x.Plus(PerChannel(x, partners, p => p.Offset), -1).mul(PerChannel(x, partners, p => Inverse(p.Scale)));
        var shift = PerChannel(x, partners, p => Shift(p.Rounding));
        var rounded = float.IsNaN(Shift(partners[0].Rounding)) ? position.round() : position.Plus(shift).floor();
        var zone = PerChannel(x, partners, p => p.DeadZone);
        var thresholded = min.Plus(x.ge(zone.neg()).to(ScalarType.Float32)).Plus(x.gt(zone).to(ScalarType.Float32));
        return where(zone.isnan(), rounded, thresholded).maximum(min).minimum(max);
    }

    /// <summary>The codes that a frozen Quantize node computes, for quantizers that round to nearest: those of float64 with a division.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfNode(Vector512<float> x, MixtureConstants* c)
    {
        // Three roundings move a position of up to 256 by less than 1e-4: float32 decides where no value is that near to a middle.
        var position = (x - Vector512.Create(c->Offset[0])) * c->Inverse[0];
        var code = Vector512.Round(position);
        if (Vector512.GreaterThanAny(Vector512.Abs(position - code), Vector512.Create(c->NodeDoubt)))
        {
            code = OfNodeInDouble(x, c->Scale[0], c->Offset[0]);
        }

        return Vector512.MinNative(Vector512.MaxNative(code, Vector512.Create(c->MinCode[0])), Vector512.Create(c->MaxCode[0]));
    }

    /// <summary>Distance from a code beyond which float32 does not decide about it; below all distances where its numbers may be too small or too large.</summary>
    public static float NodeDoubt(float scale) => scale is > 1e-30f and < 1e30f ? 0.4995f : -1;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> OfNodeInDouble(Vector512<float> x, double scale, double offset)
    {
        var (lower, upper) = Vector512.Widen(x);
        Vector512<double> step = Vector512.Create(scale), start = Vector512.Create(offset);
        return Vector512.Narrow(Vector512.Round((lower - start) / step), Vector512.Round((upper - start) / step));
    }

    /// <summary>The same in plain tensor operations.</summary>
    public static Tensor OfNode(Tensor x, in Partner p) => x.to(ScalarType.Float64)
        .Plus(tensor((double)p.Offset, device: x.device), -1).div(tensor((double)p.Scale, device: x.device)).round()
        .to(ScalarType.Float32).maximum(tensor((float)p.MinCode, device: x.device)).minimum(tensor((float)p.MaxCode, device: x.device));

    /// <summary>A figure of each channel, laid out to meet the tensor.</summary>
    public static Tensor PerChannel(Tensor like, Partner[] partners, Func<Partner, float> value)
    {
        int[] shape = [partners.Length, .. Enumerable.Repeat(1, Math.Max(0, (int)like.dim() - 1))];
        float[] values = [.. partners.Select(value)];
        return partners.Length == 1 ? tensor(values[0], device: like.device) : TensorMemory.FromFloats(values, new Graphs.TensorShape(shape), like.device);
    }

    /// <summary>What is added before rounding down; NaN for half to even.</summary>
    public static float Shift(Rounding rounding) => rounding switch { Rounding.HalfToEven => float.NaN, Rounding.HalfUp => 0.5f, _ => 0 };
}
