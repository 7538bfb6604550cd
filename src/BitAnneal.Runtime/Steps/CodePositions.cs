using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// From the sums of a convolution to positions on the grid of the next layer's codes. The real of a sum is monotone, so its code is a rounded position;
/// float32 computes the position with multiply-adds, and positions whose error could matter are decided by the reference expression.
/// </summary>
internal sealed unsafe class CodePositions
{
    private const int Block = PackedLayout.Block;

    private readonly PinnedBytes memory; // Behind the pointers.
    private readonly float* start;
    private readonly int classStep;

    /// <summary>Computes the coefficients.</summary>
    /// <param name="constants">Of the convolution.</param>
    /// <param name="grid">Of the codes, per tensor.</param>
    /// <param name="rectifier">Between convolution and quantizer.</param>
    /// <param name="largestSums">Bounds on the sums of products, see <see cref="LargestSums"/>.</param>
    /// <param name="largestWindow">Bound on the window sums.</param>
    /// <param name="isFixed">Whether the coefficients are those of <see cref="Fixed"/>, instead of <see cref="Rounding"/>.</param>
    public CodePositions(LayerConstants constants, Grid grid, Rectifier rectifier, double[] largestSums, double largestWindow, bool isFixed)
    {
        int stride = (constants.Outputs + Block - 1) / Block * Block, classes = constants.HasOneClass ? 1 : constants.Classes;
        classStep = constants.HasOneClass ? 0 : stride;
        memory = new PinnedBytes(checked((2 + classes) * stride * sizeof(float)));
        Slope = (float*)memory.Start;
        Window = Slope + stride;
        start = Window + stride;
        double scale = grid.Scale(0), offset = grid.Offset(0), near = grid.LevelCount + 1, largest = 0, terms = 0;
        for (int c = 0; c < constants.Outputs; c++)
        {
            for (int i = 0; i < classes; i++)
            {
                var (s, w, b, all) = Affine(c, i);
                terms = Math.Max(terms, all);
                double own = Math.Abs(b) + 1, products = largestSums[c] * Math.Abs(s), inputs = largestWindow * Math.Abs(w);
                double coefficients = Rounded(largestSums[c]) * products + Rounded(largestWindow) * inputs + own, inner = Math.Min(inputs + own, products + near);
                largest = Math.Max(largest, coefficients + inner);
            }
        }

        // Coefficients, both multiply-adds and the reference's own rounding to float32 are each within 2⁻²⁴ of what they round. Errors matter only for positions between
        // codes that can occur: the outer multiply-add and the reference round such a one, and the inner result is that far from the products. 1.01: errors of errors.
        Error = Math.ScaleB(1.01 * (largest + 2 * near + Math.Abs(offset / scale) + Math.Abs(grid.MinCode) + 1), -24) + Math.ScaleB(terms, -49);
        Error += Math.ScaleB(1 / scale, -150); // The reference rounds reals near 0 to multiples of 2⁻¹⁴⁹: on a very fine grid that is no small part of a step.
        var (lowest, highest) = CodeRounding.Range(grid, rectifier);
        Exact = new ExactRounding(grid, lowest, highest); // The rectifier bounds the codes: rounding is monotone.
        Rounding = new CodeRounding(lowest, highest, Error < 0.5 ? Error : 1); // 1: every position is in doubt. So it is with NaN and infinity.
        Fixed = new FixedRounding(lowest, highest, Error);
        var (unit, bias) = isFixed ? (FixedRounding.Unit, Fixed.Bias) : (1, 0);
        for (int c = 0; c < constants.Outputs; c++)
        {
            for (int i = 0; i < classes; i++)
            {
                var (s, w, b, _) = Affine(c, i);
                (Slope[c], Window[c], start[i * classStep + c]) = ((float)(s * unit), (float)(w * unit), (float)(b * unit + bias));
            }
        }

        for (int i = 0; i < classes; i++)
        {
            new Span<float>(start + i * classStep + constants.Outputs, stride - constants.Outputs).Fill((float)bias); // Channels that do not exist are never in doubt.
        }

        static int Rounded(double number) => number < 1 << 24 ? 1 : 2; // How often a factor is rounded: integers are exact up to here.

        (double Sum, double Window, double Constant, double Terms) Affine(int channel, int borderClass)
        {
            var (sum, perWindow, constant, all) = constants.Affine(channel, borderClass);
            return (sum / scale, perWindow / scale, (constant - offset) / scale - grid.MinCode, all / scale);
        }
    }

    /// <summary>Bounds on the magnitude of the sums of products of each output channel.</summary>
    /// <param name="weight">O × I × Ky × Kx codes.</param>
    /// <param name="input">Grid of the input.</param>
    /// <param name="weightBias">What a kernel has subtracted from the unsigned weight codes.</param>
    /// <param name="inputBias">What it has subtracted from the unsigned input codes.</param>
    public static double[] LargestSums(QuantizedTensor weight, Grid input, int weightBias = 0, int inputBias = 0)
    {
        double[] sums = new double[weight.Shape[0]];
        for (int i = 0; i < weight.Shape.ElementCount; i++)
        {
            sums[i / weight.ChannelStride] += Math.Abs(weight.Codes[i] - weightBias) * (double)Math.Max(input.LevelCount - 1 - inputBias, inputBias);
        }

        return sums;
    }

    /// <summary>Bound on the error of a position in float32: twice it is the share of codes that are decided exactly. NaN where there is no bound.</summary>
    public double Error { get; }

    /// <summary>Whether float32 knows the positions well enough to be faster than the reals.</summary>
    public bool IsUseful => Error <= CodeRounding.LargestError;

    public CodeRounding Rounding { get; }

    /// <summary>Instead of <see cref="Rounding"/>, where positions are useful.</summary>
    public FixedRounding Fixed { get; }

    /// <summary>The reference expression.</summary>
    public ExactRounding Exact { get; }

    /// <summary>Factors of the sums, per channel.</summary>
    public float* Slope { get; }

    /// <summary>Factors of the window sums, per channel.</summary>
    public float* Window { get; }

    /// <summary>What is added, per channel.</summary>
    public float* Start(int borderClass) => start + borderClass * classStep;
}
