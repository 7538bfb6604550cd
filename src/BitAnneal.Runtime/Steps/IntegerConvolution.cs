using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A convolution of codes with codes (<c>docs/semantics.md</c>, case 1) by exact integer sums A, W, X. Memory holds unsigned codes
/// u = q − min, so A = Σu_w·u_x + m_x·U_w + m_w·U_x + m_w·m_x·n.
/// </summary>
internal sealed unsafe class IntegerConvolution : Step
{
    private const int Lanes = Tile.Lanes;

    private readonly Slot input;
    private readonly ConvolutionGeometry geometry;
    private readonly WeightPanels weights;
    private readonly IntegerKernel kernel;
    private readonly LayerConstants constants;
    private readonly int groupChannels, pairsPerCall;

    public IntegerConvolution(string node, Slot output, Slot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias, IntegerKernel kernel)
        : base(node, output, input)
    {
        this.input = input;
        this.geometry = geometry;
        this.kernel = kernel;
        weights = WeightPanels.Build(weight, geometry.Operator.Groups);
        groupChannels = weight.Shape[1];
        var grid = input.Grid!;
        constants = new LayerConstants(weight, bias, geometry, grid);

        // 32-bit sums are proved per layer; where a whole window could overflow, the kernel gets one tap, or a part of it, at a time.
        long largest = (long)(grid.LevelCount - 1) * (weight.Grid.LevelCount - 1);
        long allowed = int.MaxValue / largest / 2;
        pairsPerCall = (long)weights.Taps * weights.Pairs <= allowed ? 0 : (int)Math.Min(weights.Pairs, allowed);
    }

    public override string Description => $"integer convolution ({kernel.Name}), {Reads[0].Grid!.Bits}-bit activations";

    public override long WeightBytes => weights.ByteCount;

    public override long ScratchBytes => (long)weights.PanelLength * sizeof(short) + ((long)input.Pixels + Writes.Pixels) * geometry.Operator.Groups * sizeof(int);

    public override void Prepare()
    {
        base.Prepare();
        geometry.Prepare();
    }

    public override void Run(byte* arena) => RunChunk(arena, arena, 0, 1);

    /// <summary>Panels of output channels.</summary>
    public override int Chunks(int threads) => Math.Min(threads, weights.Panels.Length);

    public override void RunChunk(byte* arena, byte* scratch, int chunk, int chunks)
    {
        int groups = geometry.Operator.Groups;
        short* panel = (short*)scratch;
        int* pixelSums = (int*)(panel + weights.PanelLength), windowSums = pixelSums + input.Pixels * groups;
        SumPixels(input.Codes(arena), pixelSums, groups);
        SumWindows(pixelSums, windowSums, groups);
        for (int i = Share(weights.Panels.Length, chunk, chunks); i < Share(weights.Panels.Length, chunk + 1, chunks); i++)
        {
            weights.Panels[i].Weights.Unpack(panel);
            RunPanel(arena, panel, windowSums + weights.Panels[i].FirstInput / groupChannels * Writes.Pixels, weights.Panels[i]);
        }
    }

    private void RunPanel(byte* arena, short* panel, int* windowSums, WeightPanels.Panel info)
    {
        var op = geometry.Operator;
        int* sums = stackalloc int[Tile.MaxPixels * Lanes];
        double* products = stackalloc double[Tile.MaxPixels * Lanes];
        var tile = new Tile
        {
            Sums = sums,
            Pairs = weights.Pairs,
            PixelStep = (nint)op.Stride.X * input.PixelStride,
            RowStep = (nint)op.Dilation.Y * input.Width * input.PixelStride,
            ColumnStep = (nint)op.Dilation.X * input.PixelStride,
            PanelRowStep = (nint)op.Kernel.X * weights.Pairs * 2 * Lanes,
            PanelColumnStep = (nint)weights.Pairs * 2 * Lanes,
        };
        short* codes = input.Codes(arena) + info.FirstInput;
        for (int oy = 0; oy < Writes.Height; oy++)
        {
            var (firstRow, endRow) = geometry.RowRanges[geometry.RowClass[oy]];
            nint y = (nint)oy * op.Stride.Y - op.Padding.Y + (nint)firstRow * op.Dilation.Y;
            for (int ox = 0; ox < Writes.Width; ox += tile.Pixels)
            {
                var (firstColumn, endColumn) = geometry.ColumnRanges[geometry.ColumnClass[ox]];
                nint x = (nint)ox * op.Stride.X - op.Padding.X + (nint)firstColumn * op.Dilation.X;
                tile.Pixels = 1;
                while (tile.Pixels < Tile.MaxPixels && ox + tile.Pixels < Writes.Width && geometry.ColumnClass[ox + tile.Pixels] == geometry.ColumnClass[ox])
                {
                    tile.Pixels++;
                }

                tile.Rows = endRow - firstRow;
                tile.Columns = endColumn - firstColumn;
                tile.Input = codes + (y * input.Width + x) * input.PixelStride;
                tile.Panel = panel + firstRow * tile.PanelRowStep + firstColumn * tile.PanelColumnStep;
                Accumulate(ref tile, products);
                for (int p = 0; p < tile.Pixels; p++)
                {
                    int place = oy * Writes.Width + ox + p;
                    float* target = Writes.Reals(arena) + (nint)place * Writes.PixelStride + info.FirstOutput;
                    double* sum = products + p * Lanes;
                    var window = Vector512.Create((double)windowSums[place]);
                    int borderClass = geometry.ClassOf(oy, ox);
                    var reals = Vector512.Narrow(
                        constants.Reals(Vector512.Load(sum), window, info.FirstOutput, borderClass),
                        constants.Reals(Vector512.Load(sum + Lanes / 2), window, info.FirstOutput + Lanes / 2, borderClass));
                    Partial<WholeBlock>.Store(reals, target, info.Lanes);
                }
            }
        }
    }

    private void Accumulate(ref Tile tile, double* products)
    {
        int count = tile.Pixels * Lanes;
        if (pairsPerCall == 0)
        {
            kernel.Run(in tile);
            for (int i = 0; i < count; i += Lanes)
            {
                var (low, high) = Vector512.Widen(Vector512.Load(tile.Sums + i));
                Vector512.ConvertToDouble(low).Store(products + i);
                Vector512.ConvertToDouble(high).Store(products + i + Lanes / 2);
            }

            return;
        }

        new Span<double>(products, count).Clear();
        var part = tile;
        (part.Rows, part.Columns) = (1, 1);
        for (int ky = 0; ky < tile.Rows; ky++)
        {
            for (int kx = 0; kx < tile.Columns; kx++)
            {
                for (int pair = 0; pair < tile.Pairs; pair += pairsPerCall)
                {
                    part.Pairs = Math.Min(pairsPerCall, tile.Pairs - pair);
                    part.Input = tile.Input + ky * tile.RowStep + kx * tile.ColumnStep + 2 * pair;
                    part.Panel = tile.Panel + ky * tile.PanelRowStep + kx * tile.PanelColumnStep + pair * 2 * Lanes;
                    kernel.Run(in part);
                    for (int i = 0; i < count; i++)
                    {
                        products[i] += part.Sums[i]; // Integers below 2^53: exact.
                    }
                }
            }
        }
    }

    /// <summary>Σ over the channels of a group of u_x, per input place.</summary>
    private void SumPixels(short* codes, int* sums, int groups)
    {
        for (int g = 0; g < groups; g++)
        {
            for (int i = 0; i < input.Pixels; i++)
            {
                short* pixel = codes + (nint)i * input.PixelStride + g * groupChannels;
                int sum = 0, c = 0;
                for (; c <= groupChannels - Vector256<short>.Count; c += Vector256<short>.Count)
                {
                    var (low, high) = Vector256.Widen(Vector256.Load(pixel + c));
                    sum += Vector256.Sum(low + high);
                }

                for (; c < groupChannels; c++)
                {
                    sum += pixel[c];
                }

                sums[g * input.Pixels + i] = sum;
            }
        }
    }

    /// <summary>U_x: the same over the taps inside the image, per output place.</summary>
    private void SumWindows(int* pixelSums, int* windowSums, int groups)
    {
        var op = geometry.Operator;
        for (int g = 0; g < groups; g++, pixelSums += input.Pixels)
        {
            for (int oy = 0; oy < Writes.Height; oy++)
            {
                var (firstRow, endRow) = geometry.RowRanges[geometry.RowClass[oy]];
                int* row = pixelSums + (oy * op.Stride.Y - op.Padding.Y + firstRow * op.Dilation.Y) * input.Width;
                for (int ox = 0; ox < Writes.Width; ox++)
                {
                    var (firstColumn, endColumn) = geometry.ColumnRanges[geometry.ColumnClass[ox]];
                    *windowSums++ = SumWindow(row + ox * op.Stride.X - op.Padding.X + firstColumn * op.Dilation.X, endRow - firstRow, endColumn - firstColumn);
                }
            }
        }
    }

    private int SumWindow(int* first, int rows, int columns)
    {
        int sum = 0, rowStep = geometry.Operator.Dilation.Y * input.Width, columnStep = geometry.Operator.Dilation.X;
        for (int ky = 0; ky < rows; ky++, first += rowStep)
        {
            for (int kx = 0; kx < columns; kx++)
            {
                sum += first[kx * columnStep];
            }
        }

        return sum;
    }
}
