using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Which taps of a convolution lie inside the image. Output rows with the same range of kernel rows form a class, columns likewise, so that
/// corrections for the border are tables over a few pairs of classes.
/// </summary>
internal sealed class ConvolutionGeometry
{
    public ConvolutionGeometry(Conv2d op, Slot input, Slot output)
    {
        Operator = op;
        (RowRanges, RowClass) = Axis(output.Height, input.Height, op.Kernel.Y, op.Stride.Y, op.Padding.Y, op.Dilation.Y);
        (ColumnRanges, ColumnClass) = Axis(output.Width, input.Width, op.Kernel.X, op.Stride.X, op.Padding.X, op.Dilation.X);
        Classes = [.. Enumerable.Range(0, output.Pixels).Select(i => ClassOf(i / output.Width, i % output.Width))];
    }

    public Conv2d Operator { get; }

    /// <summary>First kernel row inside the image, and the first one behind, per class.</summary>
    public (int First, int End)[] RowRanges { get; }

    public (int First, int End)[] ColumnRanges { get; }

    /// <summary>Class of every output row.</summary>
    public int[] RowClass { get; }

    public int[] ColumnClass { get; }

    /// <summary>Class of every output place, row by row.</summary>
    public int[] Classes { get; }

    public int ClassCount => RowRanges.Length * ColumnRanges.Length;

    /// <summary>Class of an output place, counted row by row.</summary>
    public int ClassOf(int place) => Classes[place];

    public int ClassOf(int oy, int ox) => RowClass[oy] * ColumnRanges.Length + ColumnClass[ox];

    private static ((int, int)[] Ranges, int[] Classes) Axis(int outputs, int inputs, int kernel, int stride, int padding, int dilation)
    {
        var ranges = new List<(int, int)>();
        int[] classes = new int[outputs];
        for (int o = 0; o < outputs; o++)
        {
            long start = (long)o * stride - padding;
            int first = start >= 0 ? 0 : (int)Math.Min(kernel, (-start + dilation - 1) / dilation);
            int end = start >= inputs ? first : (int)Math.Min(kernel, (inputs - 1 - start) / dilation + 1);
            var range = (first, Math.Max(first, end));
            classes[o] = ranges.IndexOf(range);
            if (classes[o] < 0)
            {
                classes[o] = ranges.Count;
                ranges.Add(range);
            }
        }

        return ([.. ranges], classes);
    }
}
