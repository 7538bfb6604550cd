using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Where a convolution of reals reads: per output place an offset into the padded image, and per place the same runs of successive elements, in the order
/// kernel rows, kernel columns, input channels. Runs are dealt out to chunks whose weights fit the first-level cache.
/// </summary>
internal sealed class RealPlan
{
    /// <summary>Weights of a chunk per output channel, at most.</summary>
    public const int MaxElements = 288;

    private const int MostPlacesAtOnce = 16;

    private readonly int outputWidth, outputPixels, rowStep, columnStep, pixelStride, reach;

    /// <summary>Plans.</summary>
    /// <param name="op">The convolution.</param>
    /// <param name="input">Its input.</param>
    /// <param name="output">Its output.</param>
    /// <param name="channels">Input channels that an output reads; they count as one element where the convolution is depthwise.</param>
    public RealPlan(Conv2d op, Slot input, Slot output, int channels)
    {
        (outputWidth, rowStep, reach) = (output.Width, op.Stride.Y, (op.Kernel.Y - 1) * op.Dilation.Y + 1);
        (outputPixels, columnStep, pixelStride) = (output.Pixels, op.Stride.X, input.PixelStride);
        (Height, Width) = (input.Height + 2 * op.Padding.Y, input.Width + 2 * op.Padding.X);
        bool isContiguous = op.Dilation.X == 1 && channels == input.PixelStride;
        int length = isContiguous ? op.Kernel.X * channels : channels, perRow = isContiguous ? 1 : op.Kernel.X, element = 0;
        var runs = new List<int>();
        var chunks = new List<Chunk>();
        for (int i = 0; i < op.Kernel.Y * perRow; i++)
        {
            int start = (i / perRow * op.Dilation.Y * Width + i % perRow * op.Dilation.X) * input.PixelStride;
            int pieces = (length + MaxElements - 1) / MaxElements;
            for (int skip = 0, piece; skip < length; skip += piece, element += piece)
            {
                piece = Math.Min(length - skip, (length + pieces - 1) / pieces);
                if (chunks.Count > 0 && chunks[^1] is var last && last.Length == piece && (last.RunCount + 1) * piece <= MaxElements)
                {
                    chunks[^1] = last with { RunCount = last.RunCount + 1 };
                }
                else
                {
                    chunks.Add(new Chunk(runs.Count, 1, piece, element));
                }

                runs.Add(start + skip);
            }
        }

        (Runs, Chunks) = ([.. runs], [.. chunks]);
    }

    /// <summary>Rows of the padded image.</summary>
    public int Height { get; }

    /// <summary>Columns of the padded image.</summary>
    public int Width { get; }

    /// <summary>Offset of every output place, then the last one again, so that a kernel may always take whole tiles.</summary>
    public int[] Places { get; private set; } = [];

    /// <summary>Offset of every run from its place.</summary>
    public int[] Runs { get; }

    public Chunk[] Chunks { get; }

    /// <summary>Makes <see cref="Places"/>, once the working memory is known to be possible.</summary>
    public void Prepare()
    {
        int[] places = new int[outputPixels + MostPlacesAtOnce - 1];
        for (int i = 0; i < places.Length; i++)
        {
            int place = Math.Min(i, outputPixels - 1);
            places[i] = checked((place / outputWidth * rowStep * Width + place % outputWidth * columnStep) * pixelStride);
        }

        Places = places;
    }

    /// <summary>The rows of the padded image that output places read.</summary>
    /// <param name="first">First place.</param>
    /// <param name="end">Place behind the last.</param>
    public (int First, int End) Rows(int first, int end) => (first / outputWidth * rowStep, (end - 1) / outputWidth * rowStep + reach);

    /// <summary>Runs of equal length that are computed together.</summary>
    /// <param name="FirstRun">First one.</param>
    /// <param name="RunCount">How many.</param>
    /// <param name="Length">Elements of each.</param>
    /// <param name="FirstElement">Element of the weights that meets the first one.</param>
    internal readonly record struct Chunk(int FirstRun, int RunCount, int Length, int FirstElement);
}
