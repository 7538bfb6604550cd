using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>U_x: the sum of the unsigned codes under every output place of a convolution. Sums of pixels are added up by columns, then by rows.</summary>
/// <param name="input">Packed codes; what lies beyond the edges is 0 and adds nothing.</param>
/// <param name="geometry">Of the convolution.</param>
/// <param name="output">Shape of its result.</param>
internal sealed unsafe class WindowSums(PackedSlot input, ConvolutionGeometry geometry, Slot output)
{
    private readonly int width = input.Width + input.Border.Left + input.Border.Right;
    private readonly int height = input.Height + input.Border.Top + input.Border.Bottom;

    /// <summary>Numbers of scratch memory.</summary>
    public int ScratchLength => (height + 1) * width + 2 * Vector512<int>.Count;

    /// <summary>Fills the sums of some rows of output places.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="scratch">See <see cref="ScratchLength"/>.</param>
    /// <param name="sums">One per output place of the image.</param>
    /// <param name="firstRow">First row of output places.</param>
    /// <param name="endRow">Row behind the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(byte* arena, int* scratch, int* sums, int firstRow, int endRow)
    {
        var op = geometry.Operator;
        int* columns = scratch + height * width;
        int top = input.Border.Top - op.Padding.Y, left = input.Border.Left - op.Padding.X;
        SumPixels(arena + input.Offset, scratch, top + firstRow * op.Stride.Y, top + (endRow - 1) * op.Stride.Y + (op.Kernel.Y - 1) * op.Dilation.Y + 1);
        sums += firstRow * output.Width;
        for (int oy = firstRow; oy < endRow; oy++, sums += output.Width)
        {
            int* first = scratch + (top + oy * op.Stride.Y) * width;
            for (int x = 0; x < width; x += Vector512<int>.Count)
            {
                var sum = Vector512<int>.Zero;
                for (int ky = 0; ky < op.Kernel.Y; ky++)
                {
                    sum += Vector512.Load(first + ky * op.Dilation.Y * width + x);
                }

                sum.Store(columns + x);
            }

            SumColumns(columns + left, op, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumColumns(int* columns, Conv2d op, int* sums)
    {
        int ox = 0;
        for (; op.Stride.X == 1 && ox <= output.Width - Vector256<int>.Count; ox += Vector256<int>.Count)
        {
            var sum = Vector256<int>.Zero;
            for (int kx = 0; kx < op.Kernel.X; kx++)
            {
                sum += Vector256.Load(columns + ox + kx * op.Dilation.X);
            }

            sum.Store(sums + ox);
        }

        for (; ox < output.Width; ox++)
        {
            int sum = 0;
            for (int kx = 0; kx < op.Kernel.X; kx++)
            {
                sum += columns[ox * op.Stride.X + kx * op.Dilation.X];
            }

            sums[ox] = sum;
        }
    }

    /// <summary>Sums the pixels of some rows, counted with the border.</summary>
    private void SumPixels(byte* pixels, int* sums, int first, int end)
    {
        new Span<int>(sums + first * width, (end - first) * width).Clear();
        for (int y = Math.Max(first, input.Border.Top); y < Math.Min(end, input.Border.Top + input.Height); y++)
        {
            input.Layout.Sum(pixels + input.OffsetOf(y - input.Border.Top, 0), input.Width, input.Channels, sums + y * width + input.Border.Left);
        }
    }
}
