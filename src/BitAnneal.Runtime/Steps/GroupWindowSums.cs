using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// U_x of a layer with groups of channels, one per group. A kernel of the layer's family adds up the codes of every pixel, padding included: its outputs are
/// the groups, its weights code 1. Vectors of groups are then added up over the window.
/// </summary>
internal sealed unsafe class GroupWindowSums
{
    private const int Block = PackedLayout.Block;

    private static readonly int Lanes = Vector512<int>.Count, Shuffled = Vector256<int>.Count;

    private readonly PackedSlot input;
    private readonly ConvolutionGeometry geometry;
    private readonly int outputWidth, outputPlaces, frameWidth, frame, placeLanes, steps;
    private readonly long panelLength;
    private int[]? pixels; // Offset of every pixel of the frame, and the last one again.
    private readonly int[] firstGroups; // of 8 output channels
    private readonly Vector256<int>[] groups; // of each of them, counted from the first
    private readonly RunPanels ones;
    private readonly RunKernel kernel;

    /// <summary>Plans them.</summary>
    /// <param name="input">Packed codes; what lies beyond the edges is 0 and adds nothing.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="output">Shape of its result.</param>
    /// <param name="family">Of the layer.</param>
    public GroupWindowSums(PackedSlot input, ConvolutionGeometry geometry, Slot output, RunFamily family)
    {
        (this.input, this.geometry, outputWidth, outputPlaces) = (input, geometry, output.Width, output.Pixels);
        int count = geometry.Operator.Groups, groupOutputs = output.Channels / count;
        ones = new RunPanels(Ones(count, input.Channels / count, family), family, count);
        frameWidth = input.Width + input.Border.Left + input.Border.Right;
        kernel = family.Choose(1, new LayerShape(frameWidth, 1, 1));
        steps = family.Steps(Ones(1, input.Channels, family), 1, kernel); // Of all channels together: no less than those of any group, wherever it begins.
        frame = checked(frameWidth * (input.Height + input.Border.Top + input.Border.Bottom));
        panelLength = ((long)frame + kernel.Places) * kernel.Channels;
        placeLanes = (count + Lanes - 1) / Lanes * Lanes;
        int[] firstChannels = [.. Enumerable.Range(0, (output.Channels + Shuffled - 1) / Shuffled).Select(i => i * Shuffled)];
        firstGroups = [.. firstChannels.Select(c => c / groupOutputs)];
        groups = [.. firstChannels.Select(first => Vector256.Create(
            [.. Enumerable.Range(first, Shuffled).Select(c => Math.Min(c, output.Channels - 1) / groupOutputs - first / groupOutputs)]))];
    }

    /// <summary>Numbers of scratch memory: sums of pixels by panel, pixel, group; behind them those of windows by place and group, and room to read beyond.</summary>
    public long ScratchLength => checked(ones.Count * panelLength + (long)outputPlaces * placeLanes + Lanes);

    /// <summary>Bytes of weights held.</summary>
    public long WeightBytes => ones.ByteCount;

    /// <summary>Makes the table of pixels: once the working memory that it belongs to is known to be possible.</summary>
    public void Prepare() => pixels ??= [.. Enumerable.Range(0, frame + kernel.Places).Select(i => Math.Min(i, frame - 1) * input.PixelBytes)];

    /// <summary>Fills the sums of some rows of output places.</summary>
    /// <param name="arena">Working memory.</param>
    /// <param name="scratch">See <see cref="ScratchLength"/>.</param>
    /// <param name="firstRow">First row of output places.</param>
    /// <param name="endRow">Row behind the last.</param>
    public void Fill(byte* arena, int* scratch, int firstRow, int endRow)
    {
        var op = geometry.Operator;
        int top = input.Border.Top - op.Padding.Y, left = input.Border.Left - op.Padding.X;
        int firstPixel = (top + firstRow * op.Stride.Y) * frameWidth, endPixel = (top + (endRow - 1) * op.Stride.Y + (op.Kernel.Y - 1) * op.Dilation.Y + 1) * frameWidth;
        SumPixels(arena, scratch, firstPixel, endPixel);
        for (int oy = firstRow; oy < endRow; oy++)
        {
            int* pixel = scratch + ((nint)(top + oy * op.Stride.Y) * frameWidth + left) * kernel.Channels, sums = Windows(scratch) + (nint)oy * outputWidth * placeLanes;
            for (int lane = 0; lane < placeLanes; lane += Lanes)
            {
                SumWindows(pixel + lane / kernel.Channels * (nint)panelLength + lane % kernel.Channels, sums + lane);
            }
        }
    }

    /// <summary>The sums of a block of output channels, each that of its group.</summary>
    /// <param name="scratch">Filled.</param>
    /// <param name="place">First place.</param>
    /// <param name="count">Places.</param>
    /// <param name="channel">First channel of the block.</param>
    /// <param name="sums">Receives 64 per place; those of channels that do not exist have any value.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Spread(int* scratch, int place, int count, int channel, int* sums)
    {
        int first = channel / Shuffled, end = Math.Min(firstGroups.Length, first + Block / Shuffled);
        for (int i = first; i < end; i++, sums += Shuffled)
        {
            var lanes = groups[i];
            int* windows = Windows(scratch) + (nint)place * placeLanes + firstGroups[i];
            for (int p = 0; p < count; p++, windows += placeLanes)
            {
                Vector256.ShuffleNative(Vector256.Load(windows), lanes).Store(sums + p * Block);
            }
        }
    }

    private int* Windows(int* scratch) => scratch + ones.Count * (nint)panelLength;

    private void SumPixels(byte* arena, int* scratch, int firstPixel, int endPixel)
    {
        fixed (int* places = pixels)
        {
            int run = 0;
            var tile = new RunTile { Runs = &run, RunCount = 1, RunLength = ones.Slices.Length, Steps = steps, PanelStep = ones.PanelBytes };
            for (int panel = 0; panel < ones.Count; panel++)
            {
                tile.Begin = ones.Begin(panel);
                tile.Panel = ones.Get(panel, 1, null);
                tile.Input = arena + input.Offset + (nint)ones.Slices.Start(panel) * input.Layout.GroupBytes;
                for (int pixel = firstPixel; pixel < endPixel; pixel += kernel.Places)
                {
                    tile.Places = places + pixel;
                    tile.Sums = scratch + panel * (nint)panelLength + (nint)pixel * kernel.Channels;
                    kernel.Run(in tile);
                }
            }
        }
    }

    /// <summary>The sums of 16 groups for a row of output places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumWindows(int* pixel, int* sums)
    {
        var op = geometry.Operator;
        int rows = op.Kernel.Y, columns = op.Kernel.X;
        nint columnStep = (nint)op.Dilation.X * kernel.Channels, placeStep = (nint)op.Stride.X * kernel.Channels;
        nint rowStep = ((nint)op.Dilation.Y * frameWidth * kernel.Channels) - columns * columnStep;
        for (int ox = 0; ox < outputWidth; ox++, pixel += placeStep, sums += placeLanes)
        {
            var sum = Vector512<int>.Zero;
            int* tap = pixel;
            for (int ky = 0; ky < rows; ky++, tap += rowStep)
            {
                for (int kx = 0; kx < columns; kx++, tap += columnStep)
                {
                    sum += Vector512.Load(tap);
                }
            }

            sum.Store(sums);
        }
    }

    /// <summary>Weights that add the codes of each group up, as wide as the kernels hold them.</summary>
    private static QuantizedTensor Ones(int count, int inputs, RunFamily family)
    {
        var (shape, grid) = (new TensorShape(count, inputs, 1, 1), Grid.Uniform(Math.Max(family.WeightBias == 0 ? 1 : 2, family.UnpackedBits), 1, 0));
        int[] codes = new int[shape.ElementCount];
        Array.Fill(codes, 1 + family.WeightBias);
        return QuantizedTensor.FromCodes(shape, grid, codes);
    }
}
