using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A convolution of codes with codes in which every channel meets only itself (<c>docs/semantics.md</c>, case 1). Lanes are channels; sums of
/// products and of inputs are exact in 32 bits, since a window has few taps.
/// </summary>
internal sealed unsafe class DepthwiseConvolution : Step
{
    private const int Lanes = 16, Block = PackedLayout.Block, MaxTaps = int.MaxValue / (byte.MaxValue * byte.MaxValue);

    private readonly Slot input;
    private readonly ConvolutionGeometry geometry;
    private readonly LayerConstants constants;
    private readonly PinnedBytes weights; // unsigned codes, taps × channels, filled up to whole blocks
    private readonly CodeTarget? target;
    private readonly CodePositions? positions;
    private readonly int channels, stride, width, places;

    /// <summary>To reals.</summary>
    public DepthwiseConvolution(string node, Slot output, Slot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias) : base(node, output, input)
    {
        (this.input, this.geometry) = (input, geometry);
        constants = new LayerConstants(weight, bias, geometry, input.Grid!);
        (channels, width, places) = (weight.Shape[0], output.Width, output.Pixels);
        int taps = weight.Shape[2] * weight.Shape[3];
        stride = (channels + Block - 1) / Block * Block;
        weights = new PinnedBytes(checked(taps * stride));
        for (int i = 0; i < channels * taps; i++)
        {
            weights.Start[i % taps * stride + i / taps] = (byte)weight.Codes[i];
        }
    }

    /// <summary>To the codes of the quantizer behind.</summary>
    public DepthwiseConvolution(string node, CodeTarget target, Slot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias, Rectifier rectifier)
        : this(node, target.Slot, input, geometry, weight, bias)
    {
        double largestWindow = weight.Shape[2] * weight.Shape[3] * (input.Grid!.LevelCount - 1.0);
        this.target = target;
        positions = new CodePositions(constants, target.Grid, rectifier, largestWindow * (weight.Grid.LevelCount - 1), largestWindow);
    }

    public override string Description => $"depthwise convolution, {input.Grid!.Bits}-bit activations: {(target is null ? "reals" : $"{target.Grid.Bits}-bit codes")}";

    public override long WeightBytes => weights.Count;

    /// <summary>Whether it can carry out a convolution.</summary>
    public static bool Serves(Conv2d op, GraphTensor weight, TensorShape input) =>
        op.Groups == input[0] && op.OutputChannels == input[0] && weight.Shape[2] * weight.Shape[3] <= MaxTaps;

    public override void Run(byte* arena)
    {
        (Writes as PackedSlot)?.ClearBorder(arena);
        for (int place = 0; place < places;)
        {
            int count = Math.Min(Epilogue.MaxPlaces, places - place);
            if (positions is null)
            {
                RunReals(arena, place, count);
            }
            else
            {
                RunCodes(arena, place, count);
            }

            place += count;
        }
    }

    private void RunReals(byte* arena, int place, int count)
    {
        int* products = stackalloc int[Block], inputs = stackalloc int[Block];
        for (int p = place; p < place + count; p++)
        {
            int borderClass = geometry.ClassOf(p);
            float* reals = Writes.Reals(arena) + (nint)p * Writes.PixelStride;
            for (int c = 0; c < channels; c += Block)
            {
                Sum(arena, p, c, products, inputs);
                for (int lane = 0; lane < Block && c + lane < channels; lane += Lanes)
                {
                    Store(products + lane, inputs + lane, c + lane, borderClass, reals);
                }
            }
        }
    }

    [SkipLocalsInit]
    private void RunCodes(byte* arena, int place, int count)
    {
        byte* codes = stackalloc byte[Epilogue.MaxPlaces * Block];
        int* products = stackalloc int[Block], inputs = stackalloc int[Block];
        for (int c = 0; c < channels; c += Block)
        {
            for (int p = 0; p < count; p++)
            {
                int borderClass = geometry.ClassOf(place + p);
                Sum(arena, place + p, c, products, inputs);
                ulong doubts = Round(products, inputs, c, borderClass, codes + p * Block);
                for (int lane = 0; doubts != 0 && lane < Math.Min(Block, channels - c); lane++)
                {
                    if (((doubts >> (lane % Lanes)) & 1) != 0)
                    {
                        codes[p * Block + lane] = positions!.Decide(c + lane, borderClass, products[lane], inputs[lane]);
                    }
                }
            }

            target!.Write(arena, place, count, c, codes);
        }
    }

    /// <summary>The codes of 64 channels, and the lanes in doubt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ulong Round(int* products, int* inputs, int channel, int borderClass, byte* codes)
    {
        float* slopes = positions!.Slope + channel, windows = positions.Window + channel, starts = positions.Start(borderClass) + channel;
        var round = positions.Rounding;
        var doubtful = Vector512<float>.Zero;
        var c0 = round.Round(Position(products, inputs, slopes, windows, starts), ref doubtful);
        var c1 = round.Round(Position(products + 16, inputs + 16, slopes + 16, windows + 16, starts + 16), ref doubtful);
        var c2 = round.Round(Position(products + 32, inputs + 32, slopes + 32, windows + 32, starts + 32), ref doubtful);
        var c3 = round.Round(Position(products + 48, inputs + 48, slopes + 48, windows + 48, starts + 48), ref doubtful);
        CodeRounding.Bytes(c0, c1, c2, c3).Store(codes);
        return doubtful.ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(int* products, int* inputs, float* slope, float* window, float* start) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.Load(products)), Vector512.Load(slope),
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(Vector512.Load(inputs)), Vector512.Load(window), Vector512.Load(start)));

    /// <summary>Sums of 64 channels at one output place; those of channels that do not exist are of no use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(byte* arena, int place, int channel, int* products, int* inputs)
    {
        var op = geometry.Operator;
        int oy = place / width, ox = place % width;
        var (firstRow, endRow) = geometry.RowRanges[geometry.RowClass[oy]];
        var (firstColumn, endColumn) = geometry.ColumnRanges[geometry.ColumnClass[ox]];
        nint y = (nint)oy * op.Stride.Y - op.Padding.Y, x = (nint)ox * op.Stride.X - op.Padding.X;
        nint rowStep = (nint)op.Dilation.Y * input.Width * input.PixelStride, columnStep = (nint)op.Dilation.X * input.PixelStride;
        short* window = input.Codes(arena) + (y * input.Width + x) * input.PixelStride + firstColumn * columnStep;
        for (int lane = 0; lane < Block && channel + lane < channels; lane += Lanes)
        {
            Vector512<int> product = default, sum = default;
            for (int ky = firstRow; ky < endRow; ky++)
            {
                short* pixel = window + ky * rowStep + channel + lane;
                byte* w = weights.Start + (ky * op.Kernel.X + firstColumn) * stride + channel + lane;
                for (int kx = firstColumn; kx < endColumn; kx++, pixel += columnStep, w += stride)
                {
                    var codes = Vector512.WidenLower(Vector256.Load(pixel).ToVector512());
                    sum += codes;
                    product += Product(codes, w);
                }
            }

            product.Store(products + lane);
            sum.Store(inputs + lane);
        }
    }

    /// <summary>Products of numbers of up to 16 bits in lanes of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Product(Vector512<int> codes, byte* weights)
    {
        if (Avx512BW.IsSupported)
        {
            return Avx512BW.MultiplyAddAdjacent(codes.AsInt16(), Avx512F.ConvertToVector512Int32(Vector128.Load(weights)).AsInt16()); // The upper halves are 0.
        }

        var (low, high) = Vector128.Widen(Vector128.Load(weights));
        var words = Vector256.Create(low, high);
        return codes * Vector512.Create(Vector256.WidenLower(words), Vector256.WidenUpper(words)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(int* products, int* inputs, int channel, int borderClass, float* target)
    {
        var (low, high) = LayerConstants.Doubles(products);
        var (lowInputs, highInputs) = LayerConstants.Doubles(inputs);
        var reals = Vector512.Narrow(
            constants.Reals(low, channel, constants.TermsOf(borderClass, lowInputs)),
            constants.Reals(high, channel + Lanes / 2, constants.TermsOf(borderClass, highInputs)));
        if (channel + Lanes <= channels)
        {
            reals.Store(target + channel);
        }
        else
        {
            PartialBlock.Store(reals, target + channel, channels - channel);
        }
    }
}
