using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    private readonly PinnedBytes memory;
    private readonly double* scale, offset, bias; // per channel
    private readonly double* weightSums, corrections; // W and m_x·U_w + m_w·m_x·n, per class and channel
    private readonly double[] taps; // n per class
    private readonly double inputScale, inputOffset;
    private readonly int inputMin, weightMin, windowFactor, stride;

    /// <summary>Computes them.</summary>
    /// <param name="weight">O × I × Ky × Kx codes.</param>
    /// <param name="biases">One per output channel, or null.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="input">Grid of the input.</param>
    /// <param name="weightBias">What a kernel has subtracted from the unsigned weight codes.</param>
    public LayerConstants(QuantizedTensor weight, float[]? biases, ConvolutionGeometry geometry, Grid input, int weightBias = 0)
    {
        (inputScale, inputOffset, inputMin, weightMin) = (input.Scale(0), input.Offset(0), input.MinCode, weight.Grid.MinCode);
        windowFactor = weightMin + weightBias;
        Outputs = weight.Shape[0];
        stride = (Outputs + 127) / 64 * 64; // Vectors may read beyond the last channel.
        memory = new PinnedBytes(checked((3 + 2 * geometry.ClassCount) * stride * sizeof(double)));
        scale = (double*)memory.Start;
        offset = scale + stride;
        bias = offset + stride;
        weightSums = bias + stride;
        corrections = weightSums + geometry.ClassCount * stride;
        for (int o = 0; o < Outputs; o++)
        {
            (scale[o], offset[o], bias[o]) = (weight.Grid.Scale(o), weight.Grid.Offset(o), biases?[o] ?? 0);
        }

        taps = new double[geometry.ClassCount];
        long[] tapSums = TapSums(weight);
        for (int i = 0; i < geometry.ClassCount; i++)
        {
            Fill(i, geometry.RowRanges[i / geometry.ColumnRanges.Length], geometry.ColumnRanges[i % geometry.ColumnRanges.Length], tapSums, weight.Shape[1], weight.Shape[2], weight.Shape[3]);
        }
    }

    /// <summary>Output channels.</summary>
    public int Outputs { get; }

    /// <summary>Border classes.</summary>
    public int Classes => taps.Length;

    /// <summary>
    /// The same as one multiplication and additions, exact but for rounding: the real is <c>S·Sum + U·Window + Constant</c>.
    /// </summary>
    public (double Sum, double Window, double Constant) Affine(int channel, int borderClass)
    {
        int i = borderClass * stride + channel;
        double n = taps[borderClass], product = scale[channel] * inputScale;
        return (product, product * windowFactor + offset[channel] * inputScale,
            product * corrections[i] + scale[channel] * inputOffset * weightSums[i] + offset[channel] * (inputScale * inputMin * n + inputOffset * n) + bias[channel]);
    }

    /// <summary>The real of one channel, rounded to float32 in the end.</summary>
    public float Real(int channel, int borderClass, double products, int windowSum)
    {
        int i = borderClass * stride + channel;
        double a = products + (corrections[i] + (double)windowFactor * windowSum);
        double y = scale[channel] * (inputScale * a + inputOffset * weightSums[i]) + offset[channel] * Tail(borderClass, windowSum);
        return (float)(y + bias[channel]);
    }

    /// <summary>What the reals of all channels of an output place share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlaceTerms TermsOf(int borderClass, int windowSum) =>
        new(Vector512.Create((double)windowFactor * windowSum), Vector512.Create(Tail(borderClass, windowSum)), borderClass * stride);

    /// <summary>The reals of 16 channels.</summary>
    /// <param name="low">Sums of products of the first eight.</param>
    /// <param name="high">Of the others.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="terms">Of the output place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Reals(Vector512<double> low, Vector512<double> high, int channel, PlaceTerms terms)
    {
        var sx = Vector512.Create(inputScale);
        double* c = corrections + terms.Row + channel;
        low = sx * (low + (Vector512.Load(c) + terms.Common));
        high = sx * (high + (Vector512.Load(c + 8) + terms.Common));
        if (inputOffset != 0)
        {
            double* w = weightSums + terms.Row + channel;
            low += Vector512.Create(inputOffset) * Vector512.Load(w);
            high += Vector512.Create(inputOffset) * Vector512.Load(w + 8);
        }

        low = Vector512.Load(scale + channel) * low + Vector512.Load(offset + channel) * terms.Tail + Vector512.Load(bias + channel);
        high = Vector512.Load(scale + channel + 8) * high + Vector512.Load(offset + channel + 8) * terms.Tail + Vector512.Load(bias + channel + 8);
        return Vector512.Narrow(low, high);
    }

    private double Tail(int borderClass, int windowSum)
    {
        double n = taps[borderClass];
        return inputScale * (windowSum + inputMin * n) + inputOffset * n;
    }

    /// <summary>Sums of unsigned weights over the input channels, per output channel and kernel place.</summary>
    private static long[] TapSums(QuantizedTensor weight)
    {
        int count = weight.Shape[2] * weight.Shape[3], inputs = weight.Shape[1];
        long[] sums = new long[weight.Shape[0] * count];
        for (int i = 0; i < weight.Shape.ElementCount; i++)
        {
            sums[i / (inputs * count) * count + i % count] += weight.Codes[i];
        }

        return sums;
    }

    private void Fill(int index, (int First, int End) rows, (int First, int End) columns, long[] tapSums, int inputs, int height, int width)
    {
        long n = (long)(rows.End - rows.First) * (columns.End - columns.First) * inputs;
        taps[index] = n;
        for (int o = 0; o < Outputs; o++)
        {
            long unsigned = 0;
            for (int ky = rows.First; ky < rows.End; ky++)
            {
                for (int kx = columns.First; kx < columns.End; kx++)
                {
                    unsigned += tapSums[(o * height + ky) * width + kx];
                }
            }

            weightSums[index * stride + o] = unsigned + weightMin * n;
            corrections[index * stride + o] = (double)inputMin * unsigned + (double)weightMin * inputMin * n;
        }
    }

    /// <summary>Terms of one output place.</summary>
    /// <param name="Common">m_w·U_x.</param>
    /// <param name="Tail">s_x·X + o_x·n.</param>
    /// <param name="Row">First entry of its border class.</param>
    internal readonly record struct PlaceTerms(Vector512<double> Common, Vector512<double> Tail, int Row);
}
