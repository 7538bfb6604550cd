using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>max(x, 0), and min(·, limit) for ReLU6; −0 and NaN become 0.</summary>
internal sealed unsafe class Rectify(string node, Slot output, Slot input, float limit) : Step(node, output, input)
{
    public override string Description => float.IsFinite(limit) ? "relu6" : "relu";

    public override void Run(byte* arena)
    {
        float* x = Reads[0].Reals(arena), y = Writes.Reals(arena);
        int count = Writes.Pixels * Writes.PixelStride, i = 0;
        var most = Vector512.Create(limit);
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var v = Vector512.Load(x + i);
            v = Vector512.ConditionalSelect(Vector512.LessThan(v, most), v, most);
            Vector512.ConditionalSelect(Vector512.GreaterThan(Vector512.Load(x + i), Vector512<float>.Zero), v, Vector512<float>.Zero).Store(y + i);
        }

        for (; i < count; i++)
        {
            float v = x[i];
            y[i] = v > 0 ? v < limit ? v : limit : 0;
        }
    }
}

/// <summary>a + b in float64, rounded once.</summary>
internal sealed unsafe class AddReals(string node, Slot output, Slot a, Slot b) : Step(node, output, a, b)
{
    public override string Description => "add";

    public override void Run(byte* arena)
    {
        float* a = Reads[0].Reals(arena), b = Reads[1].Reals(arena), y = Writes.Reals(arena);
        int count = Writes.Pixels * Writes.PixelStride, i = 0;
        for (; i <= count - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            (Vector512.Load(a + i) + Vector512.Load(b + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = a[i] + b[i]; // One float32 addition rounds as a float64 sum that is then rounded: float64 has more than twice the digits.
        }
    }
}

/// <summary>factor · x + shift per channel, in float64.</summary>
internal sealed unsafe class Normalise(string node, Slot output, Slot input, double[] factor, double[] shift) : SharedStep(node, output, input)
{
    public override string Description => "batch normalisation";

    protected override double PartNanoseconds => 0.8 * Writes.Channels;

    protected override void RunParts(byte* arena, int first, int end)
    {
        nint start = (nint)first * Writes.PixelStride;
        float* x = Reads[0].Reals(arena) + start, y = Writes.Reals(arena) + start;
        for (int i = first; i < end; i++)
        {
            for (int c = 0; c < Writes.Channels; c++, x++, y++)
            {
                *y = (float)(factor[c] * *x + shift[c]);
            }
        }
    }

    /// <summary>Factor and shift of a normalisation that was not folded.</summary>
    public static (double[] Factor, double[] Shift) Constants(float[] gain, float[] bias, float[] mean, float[] variance, float epsilon)
    {
        double[] factor = [.. gain.Select((g, c) => g / Math.Sqrt((double)variance[c] + epsilon))];
        return (factor, [.. bias.Select((b, c) => b - mean[c] * factor[c])]);
    }
}
