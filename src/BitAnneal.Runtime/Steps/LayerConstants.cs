using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// What turns a sum of products of unsigned codes into a real (<c>docs/semantics.md</c>, case 1), per output channel and border class. With unsigned
/// codes u = q − m, A = Σu_w·u_x + m_x·U_w + m_w·U_x + m_w·m_x·n.
/// </summary>
internal sealed unsafe class LayerConstants
{
    private const int Block = PackedLayout.Block;
    private const long MaxBytes = 1 << 30;

    private readonly PinnedBytes memory;
    private readonly double* slope, window; // per channel
    private readonly double* start, corrections; // the latter (m_x + input bias)·U_w + m_w·m_x·n; per class and channel
    private readonly int* shifts; // the lower 32 bits of the corrections
    private readonly double* inputMinima; // m_x·n per class
    private readonly bool areCorrected; // Whether any correction, or m_x·n, is not 0.
    private readonly int windowFactor;
    private readonly int startStep, correctionStep; // From one class to the next; 0 where all are the same.

    /// <summary>Computes them.</summary>
    /// <param name="weight">O × I × Ky × Kx codes.</param>
    /// <param name="biases">One per output channel, or null.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="input">Grid of the input.</param>
    /// <param name="weightBias">What a kernel has subtracted from the unsigned weight codes.</param>
    /// <param name="inputBias">What it has subtracted from the unsigned input codes; 0 where the weights are biased too.</param>
    public LayerConstants(QuantizedTensor weight, float[]? biases, ConvolutionGeometry geometry, Grid input, int weightBias = 0, int inputBias = 0)
    {
        windowFactor = weight.Grid.MinCode + weightBias;
        areCorrected = input.MinCode != 0 || inputBias != 0;
        Outputs = weight.Shape[0];
        int stride = (Outputs + Block - 1) / Block * Block;
        startStep = input.Offset(0) == 0 ? 0 : stride;
        correctionStep = areCorrected ? stride : 0;
        long bytes = ((2L * stride) + Length(startStep) + Length(correctionStep) + geometry.ClassCount + Block) * sizeof(double) + Length(correctionStep) * sizeof(int); // A block more: vectors may read beyond the last channel.
        memory = bytes <= MaxBytes ? new PinnedBytes((int)bytes)
            : throw new BitAnnealException($"{Outputs} output channels with {geometry.ClassCount} ways to lie at the border need {bytes} bytes of tables; at most {MaxBytes} are possible");
        Classes = (int)geometry.ClassCount; // Bounded by the tables.
        slope = (double*)memory.Start;
        window = slope + stride;
        start = window + stride;
        corrections = start + Length(startStep);
        shifts = (int*)(corrections + Length(correctionStep));
        inputMinima = (double*)(shifts + Length(correctionStep));
        for (int o = 0; o < Outputs; o++)
        {
            (slope[o], window[o]) = ((double)weight.Grid.Scale(o) * input.Scale(0), (double)weight.Grid.Offset(o) * input.Scale(0));
        }

        long[] prefix = PrefixSums(weight);
        for (int i = 0; i < Classes; i++)
        {
            Fill(i, geometry.RowRanges[i / geometry.ColumnRanges.Length], geometry.ColumnRanges[i % geometry.ColumnRanges.Length], prefix, weight, biases, input, inputBias);
        }

        long Length(int step) => step == 0 ? stride : checked(geometry.ClassCount * step);
    }

    /// <summary>Output channels.</summary>
    public int Outputs { get; }

    /// <summary>Border classes.</summary>
    public int Classes { get; }

    /// <summary>Whether all places have the same constants: there is no border, or the lowest code of the input is 0 and means 0.</summary>
    public bool HasOneClass => Classes == 1 || (startStep == 0 && correctionStep == 0);

    /// <summary>
    /// The same as one multiplication and additions, exact but for rounding: the real is <c>S·Sum + U·Window + Constant</c>. Terms: the sum of the
    /// magnitudes that make up the constant, of which both ways lose 2⁻⁵³ here and there.
    /// </summary>
    public (double Sum, double Window, double Constant, double Terms) Affine(int channel, int borderClass)
    {
        double correction = slope[channel] * corrections[borderClass * correctionStep + channel], own = window[channel] * inputMinima[borderClass];
        double first = start[borderClass * startStep + channel];
        return (slope[channel], slope[channel] * windowFactor + window[channel], correction + own + first, Math.Abs(correction) + Math.Abs(own) + Math.Abs(first));
    }

    /// <summary>What turns sums of 32 bits into reals, from a channel on.</summary>
    public ChannelTerms From(int channel) =>
        new(slope + channel, window + channel, start + channel, areCorrected ? shifts + channel : null, inputMinima, startStep, correctionStep, windowFactor);

    /// <summary>The real of one channel. A has 32 bits, so additions may wrap around on their way to it.</summary>
    /// <param name="sum">Of products.</param>
    /// <param name="windowSum">U_x.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="borderClass">Class of the place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Real(int sum, int windowSum, int channel, int borderClass)
    {
        int a = unchecked(sum + shifts[borderClass * correctionStep + channel] + windowFactor * windowSum);
        double inputs = windowSum + inputMinima[borderClass];
        return (float)Math.FusedMultiplyAdd(slope[channel], a, Math.FusedMultiplyAdd(window[channel], inputs, start[borderClass * startStep + channel]));
    }

    /// <summary>The reals of 16 channels, where every channel has its own U_x.</summary>
    /// <param name="sums">Of products.</param>
    /// <param name="windowSums">U_x.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="borderClass">Class of the place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Reals(int* sums, int* windowSums, int channel, int borderClass)
    {
        var (low, high) = Doubles(Vector512.Load(sums));
        var (lowWindows, highWindows) = Doubles(Vector512.Load(windowSums));
        return Vector512.Narrow(Reals(low, lowWindows, channel, borderClass), Reals(high, highWindows, channel + 8, borderClass));
    }

    /// <summary>Sixteen integers as float64, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<double> Low, Vector512<double> High) Doubles(Vector512<int> sums)
    {
        if (Avx512F.IsSupported)
        {
            return (Avx512F.ConvertToVector512Double(sums.GetLower()), Avx512F.ConvertToVector512Double(sums.GetUpper()));
        }

        var (low, high) = Vector512.Widen(sums);
        return (Vector512.ConvertToDouble(low), Vector512.ConvertToDouble(high));
    }

    /// <summary>Those of 8 channels before they are rounded to float32.</summary>
    /// <param name="sums">Of products.</param>
    /// <param name="windowSums">U_x.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="borderClass">Class of the place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<double> Reals(Vector512<double> sums, Vector512<double> windowSums, int channel, int borderClass)
    {
        var a = sums + (Vector512.Load(corrections + borderClass * correctionStep + channel) + Vector512.Create((double)windowFactor) * windowSums);
        var x = windowSums + Vector512.Create(inputMinima[borderClass]);
        return Vector512.FusedMultiplyAdd(
            Vector512.Load(slope + channel), a, Vector512.FusedMultiplyAdd(Vector512.Load(window + channel), x, Vector512.Load(start + borderClass * startStep + channel)));
    }

    /// <summary>
    /// Sums of unsigned weights over the input channels and over all kernel places above and to the left, per output channel: (Ky + 1) × (Kx + 1), so that the
    /// sum over a rectangle takes four of them.
    /// </summary>
    private static long[] PrefixSums(QuantizedTensor weight)
    {
        int inputs = weight.Shape[1], height = weight.Shape[2], width = weight.Shape[3], count = height * width;
        long[] sums = new long[checked(weight.Shape[0] * (height + 1) * (width + 1))];
        for (int i = 0; i < weight.Shape.ElementCount; i++)
        {
            sums[((i / (inputs * count) * (height + 1)) + i % count / width + 1) * (width + 1) + i % width + 1] += weight.Codes[i];
        }

        for (int row = 0; row < weight.Shape[0] * (height + 1); row++)
        {
            for (int x = 1; x <= width; x++)
            {
                sums[row * (width + 1) + x] += sums[row * (width + 1) + x - 1];
            }
        }

        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += i / (width + 1) % (height + 1) > 0 ? sums[i - width - 1] : 0;
        }

        return sums;
    }

    private void Fill(int index, (int First, int End) rows, (int First, int End) columns, long[] prefix, QuantizedTensor weight, float[]? biases, Grid input, int inputBias)
    {
        int height = weight.Shape[2], width = weight.Shape[3], weightMin = weight.Grid.MinCode;
        long n = (long)(rows.End - rows.First) * (columns.End - columns.First) * weight.Shape[1];
        inputMinima[index] = (double)input.MinCode * n;
        for (int o = 0; o < Outputs; o++)
        {
            long Up(int y, int x) => prefix[(o * (height + 1) + y) * (width + 1) + x];
            long unsigned = Up(rows.End, columns.End) - Up(rows.First, columns.End) - Up(rows.End, columns.First) + Up(rows.First, columns.First);
            double scale = weight.Grid.Scale(o), offset = weight.Grid.Offset(o), inputOffset = input.Offset(0);
            start[index * startStep + o] = scale * inputOffset * (unsigned + weightMin * n) + offset * inputOffset * n + (biases?[o] ?? 0);
            long correction = ((long)input.MinCode + inputBias) * unsigned + (long)weightMin * input.MinCode * n;
            (corrections[index * correctionStep + o], shifts[index * correctionStep + o]) = (correction, (int)correction);
        }
    }
}
