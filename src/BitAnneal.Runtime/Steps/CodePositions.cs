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
    /// <param name="largestSum">Bound on the sums of products.</param>
    /// <param name="largestWindow">Bound on the window sums.</param>
    public CodePositions(LayerConstants constants, Grid grid, Rectifier rectifier, double largestSum, double largestWindow)
    {
        int stride = (constants.Outputs + Block - 1) / Block * Block, classes = constants.HasOneClass ? 1 : constants.Classes;
        classStep = constants.HasOneClass ? 0 : stride;
        memory = new PinnedBytes(checked((2 + classes) * stride * sizeof(float)));
        Slope = (float*)memory.Start;
        Window = Slope + stride;
        start = Window + stride;
        double scale = grid.Scale(0), offset = grid.Offset(0), magnitude = 0, terms = 0;
        for (int c = 0; c < constants.Outputs; c++)
        {
            for (int i = 0; i < classes; i++)
            {
                var (sum, perWindow, constant, all) = constants.Affine(c, i);
                double s = sum / scale, w = perWindow / scale, b = (constant - offset) / scale - grid.MinCode;
                (Slope[c], Window[c], start[i * classStep + c]) = ((float)s, (float)w, (float)b);
                terms = Math.Max(terms, all / scale);
                magnitude = Math.Max(magnitude, largestSum * Math.Abs(s) + largestWindow * Math.Abs(w) + Math.Abs(b));
            }
        }

        // Coefficients, both multiply-adds and the reference's own rounding to float32 are each within 2⁻²⁴ of what they round.
        Error = Math.ScaleB(magnitude + Math.Abs(offset / scale) + Math.Abs(grid.MinCode) + grid.LevelCount, -22) + Math.ScaleB(terms, -49);
        var (lowest, highest) = CodeRounding.Range(grid, rectifier);
        Exact = new ExactRounding(grid, lowest, highest); // The rectifier bounds the codes: rounding is monotone.
        Rounding = new CodeRounding(lowest, highest, Error < 0.5 ? Error : 1); // 1: every position is in doubt. So it is with NaN and infinity.
    }

    /// <summary>Bound on the error of a position in float32: twice it is the share of codes that are decided exactly. NaN where there is no bound.</summary>
    public double Error { get; }

    /// <summary>Whether float32 knows the positions well enough to be faster than the reals.</summary>
    public bool IsUseful => Error <= CodeRounding.LargestError;

    public CodeRounding Rounding { get; }

    /// <summary>The reference expression.</summary>
    public ExactRounding Exact { get; }

    /// <summary>Factors of the sums, per channel.</summary>
    public float* Slope { get; }

    /// <summary>Factors of the window sums, per channel.</summary>
    public float* Window { get; }

    /// <summary>What is added, per channel.</summary>
    public float* Start(int borderClass) => start + borderClass * classStep;
}
