using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Which taps of a convolution lie inside the image. Output rows with the same range of kernel rows form a class, columns likewise, so that
/// corrections for the border are tables over a few pairs of classes.
/// </summary>
internal sealed class ConvolutionGeometry
{
    private readonly (int Height, int Width) input, output;
    private int[]? rowClass, columnClass, classes; // Made when first asked for: an image may be too large for the working memory, which is checked before.

    public ConvolutionGeometry(Conv2d op, Slot input, Slot output)
    {
        Operator = op;
        (this.input, this.output) = ((input.Height, input.Width), (output.Height, output.Width));
        RowRanges = Ranges(Rows());
        ColumnRanges = Ranges(Columns());
    }

    public Conv2d Operator { get; }

    /// <summary>First kernel row inside the image, and the first one behind, per class.</summary>
    public (int First, int End)[] RowRanges { get; }

    public (int First, int End)[] ColumnRanges { get; }

    /// <summary>Class of every output row.</summary>
    public int[] RowClass => rowClass ??= Classified(Rows(), RowRanges, output.Height);

    public int[] ColumnClass => columnClass ??= Classified(Columns(), ColumnRanges, output.Width);

    /// <summary>Class of every output place, row by row.</summary>
    public int[] Classes => classes ??= Places();

    public long ClassCount => (long)RowRanges.Length * ColumnRanges.Length;

    /// <summary>Class of an output place, counted row by row.</summary>
    public int ClassOf(int place) => Classes[place];

    public int ClassOf(int oy, int ox) => RowClass[oy] * ColumnRanges.Length + ColumnClass[ox];

    /// <summary>Makes the tables that runs read, which allocate nothing.</summary>
    public void Prepare() => _ = Classes;

    private int[] Places()
    {
        int[] places = new int[checked(output.Height * output.Width)], columns = ColumnClass;
        for (int y = 0; y < output.Height; y++)
        {
            int first = RowClass[y] * ColumnRanges.Length;
            for (int x = 0; x < columns.Length; x++)
            {
                places[y * columns.Length + x] = first + columns[x];
            }
        }

        return places;
    }

    private IEnumerable<(int First, int End)> Rows() => Axis(output.Height, input.Height, Operator.Kernel.Y, Operator.Stride.Y, Operator.Padding.Y, Operator.Dilation.Y);

    private IEnumerable<(int First, int End)> Columns() => Axis(output.Width, input.Width, Operator.Kernel.X, Operator.Stride.X, Operator.Padding.X, Operator.Dilation.X);

    private static (int First, int End)[] Ranges(IEnumerable<(int First, int End)> axis)
    {
        var seen = new HashSet<(int, int)>();
        return [.. axis.Where(seen.Add)];
    }

    private static int[] Classified(IEnumerable<(int First, int End)> axis, (int First, int End)[] ranges, int count)
    {
        var index = ranges.Select((range, i) => (range, i)).ToDictionary(p => p.range, p => p.i);
        int[] classes = new int[count];
        int place = 0;
        foreach (var range in axis)
        {
            classes[place++] = index[range];
        }

        return classes;
    }

    private static IEnumerable<(int First, int End)> Axis(int outputs, int inputs, int kernel, int stride, int padding, int dilation)
    {
        for (int o = 0; o < outputs; o++)
        {
            long start = (long)o * stride - padding;
            int first = start >= 0 ? 0 : (int)Math.Min(kernel, (-start + dilation - 1) / dilation);
            int end = start >= inputs ? first : (int)Math.Min(kernel, (inputs - 1 - start) / dilation + 1);
            yield return (first, Math.Max(first, end));
        }
    }
}
