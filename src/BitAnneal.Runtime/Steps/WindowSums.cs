using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>U_x: the sum of the unsigned codes under every output place of a convolution. Sums of pixels are added up along rows, then along columns.</summary>
/// <param name="input">Packed codes; what lies beyond the edges is 0 and adds nothing.</param>
/// <param name="geometry">Of the convolution.</param>
/// <param name="output">Shape of its result.</param>
internal sealed unsafe class WindowSums(PackedSlot input, ConvolutionGeometry geometry, Slot output)
{
    private static readonly int Lanes = Vector512<int>.Count;

    private readonly int width = input.Width + input.Border.Left + input.Border.Right;
    private readonly int height = input.Height + input.Border.Top + input.Border.Bottom;
    private readonly int rowLength = checked((output.Width + Lanes - 1) / Lanes * Lanes);

    /// <summary>Numbers of scratch memory.</summary>
    public long ScratchLength => (long)height * ((long)width + rowLength) + 2L * Lanes * geometry.Operator.Stride.X;

    /// <summary>Fills the sums of some rows of output places.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="scratch">See <see cref="ScratchLength"/>; right behind <paramref name="sums"/>.</param>
    /// <param name="sums">One per output place of the image.</param>
    /// <param name="firstRow">First row of output places.</param>
    /// <param name="endRow">Row behind the last.</param>
    public void Fill(byte* arena, int* scratch, int* sums, int firstRow, int endRow)
    {
        var op = geometry.Operator;
        if (op is { Kernel: { Y: 1, X: 1 }, Stride: { Y: 1, X: 1 }, Padding: { Y: 0, X: 0 } } && input.Border == default)
        {
            input.Layout.Sum(arena + input.Offset + input.OffsetOf(firstRow, 0), (endRow - firstRow) * input.Width, input.Channels, sums + firstRow * output.Width);
            return;
        }

        int top = input.Border.Top - op.Padding.Y, left = input.Border.Left - op.Padding.X, reach = (op.Kernel.Y - 1) * op.Dilation.Y + 1;
        int first = firstRow * op.Stride.Y, end = (endRow - 1) * op.Stride.Y + reach;
        int* rows = scratch, pixels = scratch + (nint)height * rowLength;
        for (int y = first; y < end; y++)
        {
            if (y % op.Stride.Y < reach) // Else it lies between windows.
            {
                SumPixels(arena + input.Offset, pixels + (nint)(top + y) * width, top + y - input.Border.Top);
            }
        }

        // Not row by row: a processor waits where it reads across what it has just written.
        for (int y = first; y < end; y++)
        {
            if (y % op.Stride.Y < reach)
            {
                SumAlongRow(pixels + (nint)(top + y) * width + left, op.Kernel.X, op.Dilation.X, op.Stride.X, rows + (nint)y * rowLength);
            }
        }

        for (int oy = firstRow; oy < endRow; oy++)
        {
            SumAlongColumns(rows + (nint)oy * op.Stride.Y * rowLength, op.Kernel.Y, (nint)op.Dilation.Y * rowLength, sums + (nint)oy * output.Width);
        }
    }

    /// <summary>Sums of the pixels of a row, counted without the border.</summary>
    private void SumPixels(byte* pixels, int* sums, int row)
    {
        new Span<int>(sums, width).Clear();
        if (row >= 0 && row < input.Height)
        {
            input.Layout.Sum(pixels + input.OffsetOf(row, 0), input.Width, input.Channels, sums + input.Border.Left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumAlongRow(int* pixels, int taps, int tapStep, int stride, int* sums)
    {
        int count = output.Width, ox = 0;
        for (; stride <= 2 && ox < count; ox += Vector512<int>.Count)
        {
            var sum = Vector512<int>.Zero;
            int* pixel = pixels + ox * stride;
            for (int kx = 0; kx < taps; kx++, pixel += tapStep)
            {
                sum += stride == 1 ? Vector512.Load(pixel) : Vector512.Narrow(Vector512.Load((long*)pixel), Vector512.Load((long*)pixel + Vector512<long>.Count)); // The even ones.
            }

            sum.Store(sums + ox);
        }

        for (; ox < count; ox++)
        {
            int sum = 0;
            for (int kx = 0; kx < taps; kx++)
            {
                sum += pixels[ox * stride + kx * tapStep];
            }

            sums[ox] = sum;
        }
    }

    /// <summary>What it writes beyond the row, the next row overwrites, and behind the last row lies scratch memory that is no longer read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumAlongColumns(int* rows, int taps, nint tapStep, int* sums)
    {
        for (int ox = 0; ox < output.Width; ox += Vector512<int>.Count)
        {
            var sum = Vector512<int>.Zero;
            int* row = rows + ox;
            for (int ky = 0; ky < taps; ky++, row += tapStep)
            {
                sum += Vector512.Load(row);
            }

            sum.Store(sums + ox);
        }
    }
}
