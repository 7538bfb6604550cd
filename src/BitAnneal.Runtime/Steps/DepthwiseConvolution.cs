using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// A convolution of codes with codes in which every channel meets only itself (<c>docs/semantics.md</c>, case 1). Lanes are channels; sums of
/// products and of inputs are exact in 32 bits, since a window has few taps.
/// </summary>
internal sealed unsafe class DepthwiseConvolution : Step
{
    /// <summary>Most taps for which no sum can overflow.</summary>
    public const int MaxTaps = int.MaxValue / (byte.MaxValue * byte.MaxValue);

    private const int Lanes = 16;

    private readonly Slot input;
    private readonly ConvolutionGeometry geometry;
    private readonly LayerConstants constants;
    private readonly PinnedBytes weights; // unsigned codes, taps × channels, filled up to whole vectors
    private readonly int stride;

    public DepthwiseConvolution(string node, Slot output, Slot input, ConvolutionGeometry geometry, QuantizedTensor weight, float[]? bias) : base(node, output, input)
    {
        (this.input, this.geometry) = (input, geometry);
        constants = new LayerConstants(weight, bias, geometry, input.Grid!);
        int channels = weight.Shape[0], taps = weight.Shape[2] * weight.Shape[3];
        stride = (channels + Lanes - 1) / Lanes * Lanes;
        weights = new PinnedBytes(checked(taps * stride));
        for (int i = 0; i < channels * taps; i++)
        {
            weights.Start[i % taps * stride + i / taps] = (byte)weight.Codes[i];
        }
    }

    public override string Description => $"depthwise convolution, {input.Grid!.Bits}-bit activations";

    public override long WeightBytes => weights.Count;

    public override void Run(byte* arena)
    {
        for (int place = 0; place < Writes.Pixels; place++)
        {
            RunPlace(arena, place / Writes.Width, place % Writes.Width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPlace(byte* arena, int oy, int ox)
    {
        var op = geometry.Operator;
        int borderClass = geometry.ClassOf(oy, ox);
        var (firstRow, endRow) = geometry.RowRanges[geometry.RowClass[oy]];
        var (firstColumn, endColumn) = geometry.ColumnRanges[geometry.ColumnClass[ox]];
        nint y = (nint)oy * op.Stride.Y - op.Padding.Y, x = (nint)ox * op.Stride.X - op.Padding.X;
        nint rowStep = (nint)op.Dilation.Y * input.Width * input.PixelStride, columnStep = (nint)op.Dilation.X * input.PixelStride;
        short* window = input.Codes(arena) + (y * input.Width + x) * input.PixelStride;
        float* target = Writes.Reals(arena) + ((nint)oy * Writes.Width + ox) * Writes.PixelStride;
        for (int c = 0; c < Writes.Channels; c += Lanes)
        {
            Vector512<int> products = default, inputs = default;
            for (int ky = firstRow; ky < endRow; ky++)
            {
                short* pixel = window + ky * rowStep + firstColumn * columnStep + c;
                byte* w = weights.Start + (ky * op.Kernel.X + firstColumn) * stride + c;
                for (int kx = firstColumn; kx < endColumn; kx++, pixel += columnStep, w += stride)
                {
                    var codes = Vector512.WidenLower(Vector256.Load(pixel).ToVector512()); // What lies behind the last channel is not stored.
                    inputs += codes;
                    products += Product(codes, w);
                }
            }

            Store(products, inputs, c, borderClass, target);
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
    private void Store(Vector512<int> products, Vector512<int> inputs, int channel, int borderClass, float* target)
    {
        var (low, high) = Doubles(products);
        var (lowInputs, highInputs) = Doubles(inputs);
        var reals = Vector512.Narrow(
            constants.Reals(low, channel, constants.TermsOf(borderClass, lowInputs)),
            constants.Reals(high, channel + Lanes / 2, constants.TermsOf(borderClass, highInputs)));
        if (channel + Lanes <= Writes.Channels)
        {
            reals.Store(target + channel);
        }
        else
        {
            PartialBlock.Store(reals, target + channel, Writes.Channels - channel);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<double> Low, Vector512<double> High) Doubles(Vector512<int> values)
    {
        var (low, high) = Vector512.Widen(values);
        return (Vector512.ConvertToDouble(low), Vector512.ConvertToDouble(high));
    }
}
