using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Reference;

/// <summary>Pooling as <c>docs/semantics.md</c> defines it.</summary>
internal static class ReferencePooling
{
    public static ReferenceValue Max(ReferenceValue x, MaxPool op, TensorShape shape)
    {
        float[] reals = x.Reals();
        return x.Gathered(shape, (c, oy, ox) => Window(x.Shape, op.Kernel, op.Stride, op.Padding, c, oy, ox)
            .Aggregate((best, i) => (x.Codes is { } q ? q[i] > q[best] : reals[i] > reals[best]) ? i : best));
    }

    public static ReferenceValue Average(ReferenceValue x, AveragePool op, TensorShape shape)
    {
        float[] reals = x.Reals(), result = new float[shape.ElementCount];
        for (int i = 0; i < result.Length; i++)
        {
            var window = Window(x.Shape, op.Kernel, op.Stride, op.Padding, i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]);
            double places = op.CountIncludesPadding ? (double)op.Kernel.Y * op.Kernel.X : window.Count;
            result[i] = (float)(window.Aggregate(0.0, (sum, place) => sum + reals[place]) / places);
        }

        return ReferenceValue.OfReals(shape, result);
    }

    public static ReferenceValue GlobalAverage(ReferenceValue x, TensorShape shape)
    {
        float[] reals = x.Reals();
        int places = x.Shape[1] * x.Shape[2];
        return ReferenceValue.OfReals(shape, [.. Enumerable.Range(0, x.Shape[0])
            .Select(c => (float)(Enumerable.Range(c * places, places).Aggregate(0.0, (sum, i) => sum + reals[i]) / places))]);
    }

    private static List<int> Window(TensorShape x, Extent kernel, Extent stride, Extent padding, int c, int oy, int ox)
    {
        var places = new List<int>();
        long top = (long)oy * stride.Y - padding.Y, left = (long)ox * stride.X - padding.X;
        for (long iy = Math.Max(0, top); iy < Math.Min(x[1], top + kernel.Y); iy++)
        {
            for (long ix = Math.Max(0, left); ix < Math.Min(x[2], left + kernel.X); ix++)
            {
                places.Add(checked((int)((c * (long)x[1] + iy) * x[2] + ix)));
            }
        }

        return places;
    }
}
