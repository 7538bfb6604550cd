using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>The largest code or real of a window; places in the padding do not count.</summary>
internal sealed unsafe class MaxPoolStep(string node, Slot output, Slot input, MaxPool op) : Step(node, output, input)
{
    public override string Description => "max pooling";

    public override void Run(byte* arena)
    {
        if (Writes.IsCodes)
        {
            Pool(Reads[0].Codes(arena), Writes.Codes(arena));
        }
        else
        {
            Pool(Reads[0].Reals(arena), Writes.Reals(arena));
        }
    }

    private void Pool<T>(T* x, T* y) where T : unmanaged, IComparable<T>
    {
        var input = Reads[0];
        for (int place = 0; place < Writes.Pixels; place++)
        {
            var rows = PoolWindow.Of(place / Writes.Width, input.Height, op.Kernel.Y, op.Stride.Y, op.Padding.Y);
            var columns = PoolWindow.Of(place % Writes.Width, input.Width, op.Kernel.X, op.Stride.X, op.Padding.X);
            for (int c = 0; c < input.Channels; c++)
            {
                T best = x[((nint)rows.First * input.Width + columns.First) * input.PixelStride + c];
                for (int iy = rows.First; iy < rows.End; iy++)
                {
                    for (int ix = columns.First; ix < columns.End; ix++)
                    {
                        T value = x[((nint)iy * input.Width + ix) * input.PixelStride + c];
                        best = value.CompareTo(best) > 0 ? value : best;
                    }
                }

                y[(nint)place * Writes.PixelStride + c] = best;
            }
        }
    }
}

/// <summary>The mean of a window: float64 sums over rows, then columns.</summary>
internal sealed unsafe class AveragePoolStep(string node, Slot output, Slot input, AveragePool op) : Step(node, output, input)
{
    public override string Description => "average pooling";

    /// <summary>The mean of the whole image.</summary>
    public static AveragePoolStep Global(string node, Slot output, Slot input)
    {
        var all = new Extent(input.Height, input.Width);
        return new AveragePoolStep(node, output, input, new AveragePool(all, all));
    }

    public override void Run(byte* arena)
    {
        var input = Reads[0];
        float* x = input.Reals(arena), y = Writes.Reals(arena);
        for (int place = 0; place < Writes.Pixels; place++)
        {
            var rows = PoolWindow.Of(place / Writes.Width, input.Height, op.Kernel.Y, op.Stride.Y, op.Padding.Y);
            var columns = PoolWindow.Of(place % Writes.Width, input.Width, op.Kernel.X, op.Stride.X, op.Padding.X);
            int places = op.CountIncludesPadding ? op.Kernel.Y * op.Kernel.X : (rows.End - rows.First) * (columns.End - columns.First);
            for (int c = 0; c < input.Channels; c++)
            {
                double sum = 0;
                for (int iy = rows.First; iy < rows.End; iy++)
                {
                    for (int ix = columns.First; ix < columns.End; ix++)
                    {
                        sum += x[((nint)iy * input.Width + ix) * input.PixelStride + c];
                    }
                }

                y[(nint)place * Writes.PixelStride + c] = (float)(sum / places);
            }
        }
    }
}

/// <summary>The part of a pooling window that lies inside the image.</summary>
internal static class PoolWindow
{
    public static (int First, int End) Of(int output, int size, int kernel, int stride, int padding)
    {
        int start = output * stride - padding;
        return (Math.Max(0, start), Math.Min(size, start + kernel));
    }
}
