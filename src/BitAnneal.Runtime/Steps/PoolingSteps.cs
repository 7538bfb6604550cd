using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>The largest code or real of a window; places in the padding do not count.</summary>
internal sealed unsafe class MaxPoolStep(string node, Slot output, Slot input, MaxPool op) : SharedStep(node, output, input)
{
    public override string Description => "max pooling";

    protected override double PartNanoseconds => 0.05 * Writes.Channels * op.Kernel.Y * op.Kernel.X;

    protected override void RunParts(byte* arena, int first, int end)
    {
        if (Writes.IsCodes)
        {
            Pool(Reads[0].Codes(arena), Writes.Codes(arena), first, end);
        }
        else
        {
            Pool(Reads[0].Reals(arena), Writes.Reals(arena), first, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pool<T>(T* x, T* y, int first, int end) where T : unmanaged, IComparisonOperators<T, T, bool>
    {
        var input = Reads[0];
        for (int place = first; place < end; place++)
        {
            var rows = PoolWindow.Of(place / Writes.Width, input.Height, op.Kernel.Y, op.Stride.Y, op.Padding.Y);
            var columns = PoolWindow.Of(place % Writes.Width, input.Width, op.Kernel.X, op.Stride.X, op.Padding.X);
            T* window = x + ((nint)rows.First * input.Width + columns.First) * input.PixelStride, target = y + (nint)place * Writes.PixelStride;
            int height = rows.End - rows.First, width = columns.End - columns.First, c = 0;
            for (; c <= input.Channels - Vector512<T>.Count; c += Vector512<T>.Count)
            {
                Largest(window + c, height, width).Store(target + c);
            }

            for (; c < input.Channels; c++)
            {
                T best = window[c];
                for (int iy = 0; iy < height; iy++)
                {
                    for (int ix = 0; ix < width; ix++)
                    {
                        T value = window[((nint)iy * input.Width + ix) * input.PixelStride + c];
                        best = value > best ? value : best;
                    }
                }

                target[c] = best;
            }
        }
    }

    /// <summary>The largest values of a window, channel by channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Largest<T>(T* window, int height, int width) where T : unmanaged
    {
        var best = Vector512.Load(window);
        for (int iy = 0; iy < height; iy++)
        {
            T* pixel = window + (nint)iy * Reads[0].Width * Reads[0].PixelStride;
            for (int ix = 0; ix < width; ix++, pixel += Reads[0].PixelStride)
            {
                var value = Vector512.Load(pixel);
                best = Vector512.ConditionalSelect(Vector512.GreaterThan(value, best), value, best); // Of equal ones the first, and the first NaN.
            }
        }

        return best;
    }
}

/// <summary>The mean of a window: float64 sums over rows, then columns.</summary>
internal sealed unsafe class AveragePoolStep(string node, Slot output, Slot input, AveragePool op) : SharedStep(node, output, input)
{
    private const int Lanes = 16;

    public override string Description => "average pooling";

    /// <summary>The mean of the whole image.</summary>
    public static AveragePoolStep Global(string node, Slot output, Slot input)
    {
        var all = new Extent(input.Height, input.Width);
        return new AveragePoolStep(node, output, input, new AveragePool(all, all));
    }

    /// <summary>Blocks of channels of a pixel, then the next pixel: the mean of a whole image is one pixel.</summary>
    protected override int Parts => Writes.Pixels * Blocks;

    protected override double PartNanoseconds => 0.15 * Math.Min(Lanes, Writes.Channels) * op.Kernel.Y * op.Kernel.X;

    private int Blocks => (Writes.Channels + Lanes - 1) / Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void RunParts(byte* arena, int first, int end)
    {
        var input = Reads[0];
        float* x = input.Reals(arena), y = Writes.Reals(arena);
        for (int part = first; part < end; part++)
        {
            int place = part / Blocks, channel = part % Blocks * Lanes;
            var rows = PoolWindow.Of(place / Writes.Width, input.Height, op.Kernel.Y, op.Stride.Y, op.Padding.Y);
            var columns = PoolWindow.Of(place % Writes.Width, input.Width, op.Kernel.X, op.Stride.X, op.Padding.X);
            double places = op.CountIncludesPadding ? (double)op.Kernel.Y * op.Kernel.X : (double)(rows.End - rows.First) * (columns.End - columns.First);
            float* window = x + ((nint)rows.First * input.Width + columns.First) * input.PixelStride, target = y + (nint)place * Writes.PixelStride;
            if (channel + Lanes <= input.Channels)
            {
                Mean(window + channel, rows.End - rows.First, columns.End - columns.First, places).Store(target + channel);
                continue;
            }

            for (int c = channel; c < input.Channels; c++)
            {
                double sum = 0;
                for (int iy = 0; iy < rows.End - rows.First; iy++)
                {
                    for (int ix = 0; ix < columns.End - columns.First; ix++)
                    {
                        sum += window[((nint)iy * input.Width + ix) * input.PixelStride + c];
                    }
                }

                target[c] = (float)(sum / places);
            }
        }
    }

    /// <summary>Means of 16 channels, each summed in the order of one alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Mean(float* window, int height, int width, double places)
    {
        Vector512<double> low = default, high = default;
        for (int iy = 0; iy < height; iy++)
        {
            float* pixel = window + (nint)iy * Reads[0].Width * Reads[0].PixelStride;
            for (int ix = 0; ix < width; ix++, pixel += Reads[0].PixelStride)
            {
                var (first, second) = Vector512.Widen(Vector512.Load(pixel));
                (low, high) = (low + first, high + second);
            }
        }

        var count = Vector512.Create(places);
        return Vector512.Narrow(low / count, high / count);
    }
}

/// <summary>The part of a pooling window that lies inside the image.</summary>
internal static class PoolWindow
{
    public static (int First, int End) Of(int output, int size, int kernel, int stride, int padding)
    {
        long start = (long)output * stride - padding;
        return ((int)Math.Max(0, start), (int)Math.Min(size, start + kernel));
    }
}
