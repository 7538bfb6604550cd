using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// Sums straight to the codes of the next layer. The real of a sum is monotone, so its code is a rounded position on the output grid; float32 computes
/// the position with one multiply-add, and positions whose error could matter are decided by the reference expression.
/// </summary>
internal sealed unsafe class CodeEpilogue : Epilogue
{
    private readonly CodeTarget target;
    private readonly Rectifier rectifier;
    private readonly CodeRounding rounding;
    private readonly PinnedBytes memory;
    private readonly float* slope, window, start; // per channel; start also per border class
    private readonly int stride, lowest, highest;

    private CodeEpilogue(LayerConstants constants, ConvolutionGeometry geometry, CodeTarget target, Rectifier rectifier, double largestSum, double largestWindow) : base(constants, geometry)
    {
        (this.target, this.rectifier) = (target, rectifier);
        stride = (constants.Outputs + Block - 1) / Block * Block;
        memory = new PinnedBytes(checked((2 + constants.Classes) * stride * sizeof(float)));
        slope = (float*)memory.Start;
        window = slope + stride;
        start = window + stride;
        double scale = target.Grid.Scale(0), offset = target.Grid.Offset(0), magnitude = 0;
        for (int c = 0; c < constants.Outputs; c++)
        {
            for (int i = 0; i < constants.Classes; i++)
            {
                var (sum, perWindow, constant) = constants.Affine(c, i);
                double s = sum / scale, w = perWindow / scale, b = (constant - offset) / scale - target.Grid.MinCode;
                (slope[c], window[c], start[i * stride + c]) = ((float)s, (float)w, (float)b);
                magnitude = Math.Max(magnitude, largestSum * Math.Abs(s) + largestWindow * Math.Abs(w) + Math.Abs(b));
            }
        }

        // Coefficients, both multiply-adds and the reference's own rounding to float32 are each within 2⁻²⁴ of what they round.
        Error = Math.ScaleB(magnitude + Math.Abs(offset / scale) + Math.Abs(target.Grid.MinCode) + target.Grid.LevelCount, -22);
        (lowest, highest) = CodeRounding.Range(target.Grid, rectifier);
        rounding = new CodeRounding(lowest, highest, Error);
    }

    public override string Description => $"{target.Grid.Bits}-bit codes";

    private double Error { get; }

    /// <summary>The epilogue, or null where float32 knows the positions too badly.</summary>
    /// <param name="constants">Of the convolution.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="target">Where the codes go; its grid is per tensor.</param>
    /// <param name="rectifier">Between convolution and quantizer.</param>
    /// <param name="largestSum">Bound on the sums of products.</param>
    /// <param name="largestWindow">Bound on the window sums.</param>
    public static CodeEpilogue? TryCreate(LayerConstants constants, ConvolutionGeometry geometry, CodeTarget target, Rectifier rectifier, double largestSum, double largestWindow)
    {
        var epilogue = new CodeEpilogue(constants, geometry, target, rectifier, largestSum, largestWindow);
        return epilogue.Error <= CodeRounding.LargestError ? epilogue : null; // NaN and infinity fail as well.
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Finish(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums)
    {
        float* slopes = slope + channel, windows = window + channel, starts = start + channel;
        Vector512<float> s0 = Vector512.Load(slopes), s1 = Vector512.Load(slopes + 16), s2 = Vector512.Load(slopes + 32), s3 = Vector512.Load(slopes + 48);
        Vector512<float> w0 = Vector512.Load(windows), w1 = Vector512.Load(windows + 16), w2 = Vector512.Load(windows + 32), w3 = Vector512.Load(windows + 48);
        var round = rounding;
        for (int p = place; p < place + count; p++, sums = sums.Skip(1))
        {
            int borderClass = Geometry.ClassOf(p);
            float* b = starts + borderClass * stride;
            var u = Vector512.Create((float)windowSums[p]);
            var doubtful = Vector512<float>.Zero;
            var codes = CodeRounding.Bytes(
                round.Round(Position(sums.A, s0, w0, b, u), ref doubtful),
                round.Round(Position(sums.B, s1, w1, b + 16, u), ref doubtful),
                round.Round(Position(sums.C, s2, w2, b + 32, u), ref doubtful),
                round.Round(Position(sums.D, s3, w3, b + 48, u), ref doubtful));
            ulong lanes = doubtful.ExtractMostSignificantBits();
            if (lanes != 0)
            {
                codes = Exact(codes, lanes, sums, channel, borderClass, windowSums[p]);
            }

            target.Write(arena, p, channel, codes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(int* sums, Vector512<float> slope, Vector512<float> window, float* start, Vector512<float> u) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.Load(sums)), slope, Vector512.FusedMultiplyAdd(u, window, Vector512.Load(start)));

    /// <summary>Decides the channels of the doubtful lanes by the reference expression.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector512<byte> Exact(Vector512<byte> codes, ulong lanes, BlockSums sums, int channel, int borderClass, int windowSum)
    {
        byte* exact = stackalloc byte[Block];
        codes.Store(exact);
        for (int c = 0; c < Math.Min(Block, Constants.Outputs - channel); c++)
        {
            if (((lanes >> (c % Vector512<float>.Count)) & 1) != 0)
            {
                float y = Constants.Real(channel + c, borderClass, sums[c], windowSum);
                exact[c] = (byte)Math.Clamp(target.Grid.Quantize(y) - target.Grid.MinCode, lowest, highest); // The rectifier: rounding is monotone.
            }
        }

        return Vector512.Load(exact);
    }
}
