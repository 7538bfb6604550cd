using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Reference;

/// <summary>The two cases of a convolution (<c>docs/semantics.md</c>, "Conv2d and Linear").</summary>
internal static class ReferenceConvolution
{
    private const int Padding = -1; // In place of an input outside the image.

    public static ReferenceValue Run(ReferenceValue x, GraphTensor weight, float[]? bias, Conv2d op, TensorShape shape)
    {
        float[] result = new float[shape.ElementCount];
        bool isInteger = weight is QuantizedTensor && x.Grid is { IsPerChannel: false };
        float[] reals = x.Reals(), weights = weight.ToFloats();
        for (int i = 0; i < result.Length; i++)
        {
            int o = i / (shape[1] * shape[2]), oy = i / shape[2] % shape[1], ox = i % shape[2];
            var taps = Taps(x.Shape, weight.Shape, op, o, oy, ox);
            result[i] = isInteger
                ? (float)Integer(x, (QuantizedTensor)weight, bias?[o] ?? 0, o, [.. taps.Where(t => t.Input != Padding)])
                : taps.Aggregate(bias?[o] ?? 0, (sum, t) => MathF.FusedMultiplyAdd(weights[t.Weight], t.Input == Padding ? 0 : reals[t.Input], sum));
        }

        return ReferenceValue.OfReals(shape, result);
    }

    private static double Integer(ReferenceValue x, QuantizedTensor weight, double bias, int o, List<(int Input, int Weight)> taps)
    {
        long a = 0, sumX = 0, sumW = 0;
        foreach (var (input, w) in taps)
        {
            a += (long)weight.Code(w) * x.Codes![input];
            sumX += x.Codes[input];
            sumW += weight.Code(w);
        }

        double sw = weight.Grid.Scale(o), ow = weight.Grid.Offset(o), sx = x.Grid!.Scale(0), ox = x.Grid.Offset(0);
        return Math.FusedMultiplyAdd(sw * sx, a, Math.FusedMultiplyAdd(ow * sx, sumX, sw * ox * sumW + ow * ox * taps.Count + bias));
    }

    /// <summary>Places in input and weight that meet, over kernel rows, then kernel columns, then input channels.</summary>
    private static List<(int Input, int Weight)> Taps(TensorShape x, TensorShape w, Conv2d op, int o, int oy, int ox)
    {
        var taps = new List<(int, int)>();
        int firstChannel = o / (w[0] / op.Groups) * w[1];
        for (int ky = 0; ky < w[2]; ky++)
        {
            int iy = oy * op.Stride.Y - op.Padding.Y + ky * op.Dilation.Y;
            for (int kx = 0; kx < w[3]; kx++)
            {
                int ix = ox * op.Stride.X - op.Padding.X + kx * op.Dilation.X;
                bool isInside = iy >= 0 && iy < x[1] && ix >= 0 && ix < x[2];
                for (int c = 0; c < w[1]; c++)
                {
                    taps.Add((isInside ? ((firstChannel + c) * x[1] + iy) * x[2] + ix : Padding, ((o * w[1] + c) * w[2] + ky) * w[3] + kx));
                }
            }
        }

        return taps;
    }
}
