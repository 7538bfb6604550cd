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
/// products and of inputs are exact in 32 bits, since a window has few taps, and in 16 bits where its codes are narrow.
/// </summary>
internal sealed unsafe partial class DepthwiseConvolution : SharedStep
{
    private const double LargestError = 0.05; // Of a position: beyond, a tenth of the codes and more are decided in float64.
    private const int Lanes = 16, Block = PackedLayout.Block, MaxTaps = int.MaxValue / (byte.MaxValue * byte.MaxValue);

    private readonly Slot input;
    private readonly ConvolutionGeometry geometry;
    private readonly LayerConstants constants;
    private readonly PinnedBytes weights; // unsigned codes, taps × channels, filled up to whole blocks; 16-bit numbers where all is narrow
    private readonly bool isNarrow; // Whether sums fit 16 bits.
    private readonly CodeTarget? target;
    private readonly CodePositions? positions;
    private Window[] windows = []; // of every output place
    private readonly int channels, stride, kernelWidth;
    private readonly nint rowStep, columnStep;
    private readonly bool isThreeByThree;

    /// <summary>To reals.</summary>
    public DepthwiseConvolution(string node, Slot output, Slot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias) : base(node, output, input)
    {
        (this.input, this.geometry) = (input, geometry);
        constants = new LayerConstants(weight, bias, geometry, input.Grid!);
        (channels, kernelWidth) = (weight.Shape[0], weight.Shape[3]);
        (rowStep, columnStep) = ((nint)geometry.Operator.Dilation.Y * input.Width * input.PixelStride, (nint)geometry.Operator.Dilation.X * input.PixelStride);
        isThreeByThree = geometry.Operator.Kernel is { Y: 3, X: 3 };
        int taps = weight.Shape[2] * weight.Shape[3];
        stride = (channels + Block - 1) / Block * Block;
        isNarrow = (long)taps * (input.Grid!.LevelCount - 1) * (weight.Grid.LevelCount - 1) <= ushort.MaxValue;
        weights = new PinnedBytes(checked(taps * stride * (isNarrow ? sizeof(ushort) : sizeof(byte))));
        for (int i = 0; i < channels * taps; i++)
        {
            int place = i % taps * stride + i / taps;
            if (isNarrow)
            {
                ((ushort*)weights.Start)[place] = (ushort)weight.Codes[i];
            }
            else
            {
                weights.Start[place] = (byte)weight.Codes[i];
            }
        }
    }

    /// <summary>To the codes of the quantizer behind.</summary>
    public DepthwiseConvolution(string node, CodeTarget target, Slot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias, Rectifier rectifier)
        : this(node, target.Slot, input, geometry, weight, bias)
    {
        double largestWindow = weight.Shape[2] * weight.Shape[3] * (input.Grid!.LevelCount - 1.0);
        this.target = target;
        positions = new CodePositions(constants, target.Grid, rectifier, CodePositions.LargestSums(weight, input.Grid), largestWindow, isFixed: false);
        Warning = positions.Error <= LargestError ? null : Fallback.ToExactRounding(weight, input.Grid, target.Grid);
    }

    public override string Description => $"depthwise convolution, {input.Grid!.Bits}-bit activations: {(target is null ? "reals" : $"{target.Grid.Bits}-bit codes")}";

    public override long WeightBytes => weights.Count;

    /// <summary>Whether it can carry out a convolution.</summary>
    public static bool Serves(Conv2d op, GraphTensor weight, TensorShape input) =>
        op.Groups == input[0] && op.OutputChannels == input[0] && weight.Shape[2] * weight.Shape[3] <= MaxTaps;

    public override void Prepare()
    {
        base.Prepare();
        geometry.Prepare();
        windows = [.. Enumerable.Range(0, Writes.Pixels).Select(i => WindowOf(i / Writes.Width, i % Writes.Width))];
    }

    protected override double PartNanoseconds => channels * (0.1 + 0.03 * geometry.Operator.Kernel.Y * geometry.Operator.Kernel.X);

    protected override void RunParts(byte* arena, int first, int end)
    {
        if (first == 0)
        {
            ClearBorders(arena);
        }

        for (int place = first; place < end;)
        {
            int count = Math.Min(Epilogue.MaxPlaces, end - place);
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
        int* products = stackalloc int[Epilogue.MaxPlaces * Block], inputs = stackalloc int[Epilogue.MaxPlaces * Block];
        for (int c = 0; c < channels; c += Block)
        {
            Sum(arena, place, count, c, products, inputs);
            for (int p = 0; p < count; p++)
            {
                float* reals = Writes.Reals(arena) + (nint)(place + p) * Writes.PixelStride;
                for (int lane = 0; lane < Block && c + lane < channels; lane += Lanes)
                {
                    Store(products + p * Block + lane, inputs + p * Block + lane, c + lane, geometry.ClassOf(place + p), reals);
                }
            }
        }
    }

    [SkipLocalsInit]
    private void RunCodes(byte* arena, int place, int count)
    {
        byte* codes = stackalloc byte[Epilogue.MaxPlaces * Block];
        ulong* doubts = stackalloc ulong[Epilogue.MaxPlaces];
        int* products = stackalloc int[Epilogue.MaxPlaces * Block], inputs = stackalloc int[Epilogue.MaxPlaces * Block];
        for (int c = 0; c < channels; c += Block)
        {
            Sum(arena, place, count, c, products, inputs);
            if (Round(products, inputs, place, count, c, codes, doubts))
            {
                Decide(products, inputs, place, count, c, codes, doubts);
            }

            target!.Write(arena, place, count, c, codes, Block);
        }
    }

    /// <summary>Decides by the reference expression, a block of a place at a time.</summary>
    private void Decide(int* products, int* inputs, int place, int count, int channel, byte* codes, ulong* doubts)
    {
        float* reals = stackalloc float[Block];
        for (int p = 0; p < count; p++)
        {
            for (int lane = 0; doubts[p] != 0 && lane < Block; lane += Lanes)
            {
                constants.Reals(products + p * Block + lane, inputs + p * Block + lane, channel + lane, geometry.ClassOf(place + p)).Store(reals + lane);
            }

            if (doubts[p] != 0)
            {
                positions!.Exact.Round(reals, codes + p * Block);
            }
        }
    }

    /// <summary>The codes of 64 channels per place, and the lanes in doubt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Round(int* products, int* inputs, int place, int count, int channel, byte* codes, ulong* doubts)
    {
        if (!Vector512.IsHardwareAccelerated)
        {
            return RoundHalves(products, inputs, place, count, channel, codes, doubts);
        }

        float* slopes = positions!.Slope + channel, windows = positions.Window + channel, start = positions.Start(0) + channel;
        nint classStep = (nint)(positions.Start(1) - positions.Start(0));
        var round = positions.Rounding;
        ulong any = 0;
        for (int p = 0; p < count; p++, products += Block, inputs += Block)
        {
            float* starts = start + geometry.ClassOf(place + p) * classStep;
            var farthest = Vector512<float>.Zero;
            Vector512<int> c1 = default, c2 = default, c3 = default;
            var c0 = round.Round(Position(products, inputs, slopes, windows, starts), ref farthest);
            if (channel + Lanes < channels)
            {
                c1 = round.Round(Position(products + 16, inputs + 16, slopes + 16, windows + 16, starts + 16), ref farthest);
            }

            if (channel + 2 * Lanes < channels)
            {
                c2 = round.Round(Position(products + 32, inputs + 32, slopes + 32, windows + 32, starts + 32), ref farthest);
                c3 = round.Round(Position(products + 48, inputs + 48, slopes + 48, windows + 48, starts + 48), ref farthest);
            }

            CodeRounding.Bytes(c0, c1, c2, c3).Store(codes + p * Block);
            doubts[p] = round.Doubts(farthest);
            any |= doubts[p];
        }

        return any != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(int* products, int* inputs, float* slope, float* window, float* start) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.Load(products)), Vector512.Load(slope),
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(Vector512.Load(inputs)), Vector512.Load(window), Vector512.Load(start)));

    /// <summary>Sums of 64 channels per place; those of channels that do not exist are of no use.</summary>
    private void Sum(byte* arena, int place, int count, int channel, int* products, int* inputs)
    {
        short* codes = input.Codes(arena) + channel;
        if (isNarrow)
        {
            SumNarrow((ushort*)codes, place, count, channel, products, inputs);
        }
        else
        {
            SumWide(codes, place, count, channel, products, inputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumWide(short* codes, int place, int count, int channel, int* products, int* inputs)
    {
        for (int p = 0; p < count; p++, products += Block, inputs += Block)
        {
            ref var window = ref windows[place + p];
            for (int lane = 0; lane < Block && channel + lane < channels; lane += Lanes)
            {
                Vector512<int> product = default, sum = default;
                for (int ky = window.FirstRow; ky < window.EndRow; ky++)
                {
                    short* pixel = codes + window.Offset + ky * rowStep + lane;
                    byte* w = weights.Start + (ky * kernelWidth + window.FirstColumn) * stride + channel + lane;
                    for (int kx = window.FirstColumn; kx < window.EndColumn; kx++, pixel += columnStep, w += stride)
                    {
                        var x = Vector512.WidenLower(Vector256.Load(pixel).ToVector512());
                        sum += x;
                        product += Product(x, w);
                    }
                }

                product.Store(products + lane);
                sum.Store(inputs + lane);
            }
        }
    }

    /// <summary>The same where 16 bits hold the sums: twice as many lanes, and no widening per tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumNarrow(ushort* codes, int place, int count, int channel, int* products, int* inputs)
    {
        SumNine(codes, place, count, channel, products, inputs);
        nint column = columnStep, tap = stride;
        for (int p = 0; p < count; p++, products += Block, inputs += Block)
        {
            ref var window = ref windows[place + p];
            if (window.IsNine)
            {
                continue;
            }

            for (int lane = 0; lane < Block && channel + lane < channels; lane += 2 * Lanes)
            {
                Vector512<ushort> product = default, sum = default;
                for (int ky = window.FirstRow; ky < window.EndRow; ky++)
                {
                    ushort* pixel = codes + window.Offset + ky * rowStep + lane, w = (ushort*)weights.Start + (ky * kernelWidth + window.FirstColumn) * tap + channel + lane;
                    for (int kx = window.FirstColumn; kx < window.EndColumn; kx++, pixel += column, w += tap)
                    {
                        var x = Vector512.Load(pixel);
                        sum += x;
                        product += x * Vector512.Load(w);
                    }
                }

                Store(product, products + lane);
                Store(sum, inputs + lane);
            }
        }
    }

    /// <summary>The places whose 3 × 3 window lies inside the image: the nine weights of 32 channels stay in registers from place to place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SumNine(ushort* codes, int place, int count, int channel, int* products, int* inputs)
    {
        nint column = columnStep, row = rowStep, tap = stride;
        for (int lane = 0; isThreeByThree && lane < Block && channel + lane < channels; lane += 2 * Lanes)
        {
            ushort* w = (ushort*)weights.Start + channel + lane;
            Vector512<ushort> w0 = Vector512.Load(w), w1 = Vector512.Load(w + tap), w2 = Vector512.Load(w + 2 * tap), w3 = Vector512.Load(w + 3 * tap), w4 = Vector512.Load(w + 4 * tap);
            Vector512<ushort> w5 = Vector512.Load(w + 5 * tap), w6 = Vector512.Load(w + 6 * tap), w7 = Vector512.Load(w + 7 * tap), w8 = Vector512.Load(w + 8 * tap);
            for (int p = 0; p < count; p++)
            {
                ref var window = ref windows[place + p];
                if (!window.IsNine)
                {
                    continue;
                }

                ushort* first = codes + window.Offset + lane, second = first + row, third = second + row;
                Vector512<ushort> a = Vector512.Load(first), b = Vector512.Load(first + column), c = Vector512.Load(first + 2 * column);
                var sum = a + b + c;
                var product = (a * w0) + (b * w1) + (c * w2);
                (a, b, c) = (Vector512.Load(second), Vector512.Load(second + column), Vector512.Load(second + 2 * column));
                sum += a + b + c;
                product += (a * w3) + (b * w4) + (c * w5);
                (a, b, c) = (Vector512.Load(third), Vector512.Load(third + column), Vector512.Load(third + 2 * column));
                sum += a + b + c;
                product += (a * w6) + (b * w7) + (c * w8);
                Store(product, products + p * Block + lane);
                Store(sum, inputs + p * Block + lane);
            }
        }
    }

    /// <summary>32 sums in lanes of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ushort> sums, int* target)
    {
        var (low, high) = Vector512.Widen(sums);
        low.AsInt32().Store(target);
        high.AsInt32().Store(target + Lanes);
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
        var reals = constants.Reals(products, inputs, channel, borderClass);
        if (channel + Lanes <= channels)
        {
            reals.Store(target + channel);
        }
        else
        {
            Partial<WholeBlock>.Store(reals, target + channel, channels - channel);
        }
    }

    private Window WindowOf(int oy, int ox)
    {
        var op = geometry.Operator;
        var (firstRow, endRow) = geometry.RowRanges[geometry.RowClass[oy]];
        var (firstColumn, endColumn) = geometry.ColumnRanges[geometry.ColumnClass[ox]];
        nint y = (nint)oy * op.Stride.Y - op.Padding.Y, x = (nint)ox * op.Stride.X - op.Padding.X;
        return new Window((y * input.Width + x) * input.PixelStride + firstColumn * columnStep, firstRow, endRow, firstColumn, endColumn, isThreeByThree && (firstRow, endRow, firstColumn, endColumn) == (0, 3, 0, 3));
    }

    /// <summary>What an output place reads.</summary>
    /// <param name="Offset">Of kernel row 0 and the first column inside the image, in elements of the input.</param>
    /// <param name="FirstRow">Kernel rows inside the image, from here</param>
    /// <param name="EndRow">to before here.</param>
    /// <param name="FirstColumn">Kernel columns inside, from here</param>
    /// <param name="EndColumn">to before here.</param>
    /// <param name="IsNine">Whether that is all of a 3 × 3 kernel.</param>
    private readonly record struct Window(nint Offset, int FirstRow, int EndRow, int FirstColumn, int EndColumn, bool IsNine);
}
