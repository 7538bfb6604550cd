using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>
/// Sums to reals, exactly, and on from there: a shortcut is added, a rectifier follows, the reals are stored where something reads them, and codes are
/// written for the quantizers behind.
/// </summary>
/// <param name="constants">Of the convolution.</param>
/// <param name="geometry">Of the convolution.</param>
/// <param name="shortcut">Reals to add, or null.</param>
/// <param name="rectifier">What follows.</param>
/// <param name="reals">Where the reals go, or null.</param>
/// <param name="targets">Where codes go; grids are per tensor.</param>
internal sealed unsafe partial class RealEpilogue(LayerConstants constants, ConvolutionGeometry geometry, Slot? shortcut, Rectifier rectifier, Slot? reals, CodeTarget[] targets)
    : Epilogue(constants, geometry)
{
    private readonly Positions[] positions = [.. targets.Select(t => new Positions(t))];

    public override string Description => string.Join(", ", (string[])[
        .. shortcut is null ? Array.Empty<string>() : ["add"],
        .. rectifier == Rectifier.None ? Array.Empty<string>() : [rectifier == Rectifier.Relu ? "relu" : "relu6"],
        .. reals is null ? Array.Empty<string>() : ["reals"],
        .. targets.Select(t => $"{t.Grid.Bits}-bit codes")]);

    public override void Finish(byte* arena, BlockSums sums, int place, int count, int channel, Windows windows)
    {
        if (windows.OfChannels)
        {
            FinishBlock<ChannelWindows>(arena, sums, place, count, channel, windows.Sums);
        }
        else
        {
            FinishBlock<SharedWindows>(arena, sums, place, count, channel, windows.Sums);
        }
    }

    private void FinishBlock<TWindows>(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums) where TWindows : struct, IWindows
    {
        switch (Constants.Outputs - channel)
        {
            case >= Block:
                Finish<WholeBlock, TWindows>(arena, sums, place, count, channel, windowSums);
                break;
            case > Block / 2:
                Finish<Partial<WholeBlock>, TWindows>(arena, sums, place, count, channel, windowSums);
                break;
            case Block / 2:
                Finish<HalfBlock, TWindows>(arena, sums, place, count, channel, windowSums);
                break;
            case > Block / 4:
                Finish<Partial<HalfBlock>, TWindows>(arena, sums, place, count, channel, windowSums);
                break;
            case Block / 4:
                Finish<QuarterBlock, TWindows>(arena, sums, place, count, channel, windowSums);
                break;
            default:
                Finish<Partial<QuarterBlock>, TWindows>(arena, sums, place, count, channel, windowSums);
                break;
        }
    }

    [SkipLocalsInit]
    private void Finish<TWidth, TWindows>(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
    {
        int step = TWidth.Vectors * Vector512<float>.Count;
        byte* room = stackalloc byte[MaxLanes * (sizeof(float) + 1) + Block * (sizeof(float) + 2)], codes = Aligned(room);
        float* values = (float*)(codes + MaxLanes + Block);
        ulong* doubts = stackalloc ulong[MaxLanes / Block];
        Reals<TWidth, TWindows>(arena, sums, place, count, channel, windowSums, values);
        for (int i = 0; i < targets.Length; i++)
        {
            if (positions[i].Round(values, count * step, codes, doubts))
            {
                positions[i].Decide(values, count * step, codes, doubts);
            }

            targets[i].Write(arena, place, count, channel, codes, step);
        }
    }

    /// <summary>Reals to where they are stored, and one place behind the other.</summary>
    [SkipLocalsInit]
    private void Reals<TWidth, TWindows>(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums, float* values)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
    {
        float* added = shortcut is null ? null : shortcut.Reals(arena) + (nint)place * shortcut.PixelStride + channel;
        float* stored = reals is null ? null : reals.Reals(arena) + (nint)place * reals.PixelStride + channel;
        int addedStep = shortcut?.PixelStride ?? 0, storedStep = reals?.PixelStride ?? 0, channels = Constants.Outputs - channel, step = TWidth.Vectors * Vector512<float>.Count;
        var terms = Constants.From(channel);
        fixed (int* classOf = &Geometry.Classes[place])
        {
            if (!Vector512.IsHardwareAccelerated)
            {
                for (int i = 0; i < count; i++, values += step, added += addedStep, stored += storedStep)
                {
                    Halves<TWidth, TWindows>(terms, sums, i, classOf[i], windowSums, added, stored, values, channels, rectifier);
                }

                return;
            }

            double* inputs = stackalloc double[2 * count]; // X of every place, and what is added to its sums
            int* shifts = (int*)(inputs + count);
            if (TWindows.AreShared)
            {
                terms.OfPlaces(classOf, windowSums, count, inputs, shifts);
            }

            for (int lane = 0; lane < step; lane += Vector512<float>.Count, values += Vector512<float>.Count)
            {
                int* first = sums.At(0, lane);
                if (terms.AreShifted || !Constants.HasOneClass)
                {
                    Lanes<TWidth, TWindows, SeveralClasses>(terms, first, sums.Step, count, lane, classOf, windowSums, inputs, shifts, added, addedStep, stored, storedStep, values, channels);
                }
                else
                {
                    Lanes<TWidth, TWindows, OneClass>(terms, first, sums.Step, count, lane, classOf, windowSums, inputs, shifts, added, addedStep, stored, storedStep, values, channels);
                }
            }
        }
    }

    /// <summary>Those of 16 channels: what all places share stays in registers. No calls, for the same reason.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Lanes<TWidth, TWindows, TClasses>(
        ChannelTerms terms, int* sums, nint sumsStep, int count, int lane, int* classOf, int* windowSums, double* inputs, int* shifts,
        float* added, nint addedStep, float* stored, nint storedStep, float* values, int channels)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
        where TClasses : struct, IBorderClasses
    {
        var follows = rectifier;
        Vector512<double> slope = terms.Slope(lane), nextSlope = terms.Slope(lane + 8), window = terms.Window(lane), nextWindow = terms.Window(lane + 8);
        Vector512<double> begin = terms.Begin(lane, 0), nextBegin = terms.Begin(lane + 8, 0);
        var shift = Vector512<int>.Zero;
        int current = -1; // Neighbours mostly have the same class.
        for (int i = 0; i < count; i++, sums += sumsStep, values += TWidth.Vectors * Vector512<float>.Count, added += addedStep, stored += storedStep)
        {
            var all = Vector512.Load(sums);
            if (!TClasses.AreOne)
            {
                if (classOf[i] != current)
                {
                    current = classOf[i];
                    (begin, nextBegin) = (terms.Begin(lane, current), terms.Begin(lane + 8, current));
                    shift = terms.AreShifted ? terms.Shift(lane, current) : shift;
                }

                all += shift;
            }

            Vector512<double> x, nextX;
            if (TWindows.AreShared)
            {
                all += Vector512.Create(shifts[i]);
                x = nextX = Vector512.Create(inputs[i]);
            }
            else
            {
                all += terms.Shift(TWindows.Load(windowSums, i, lane));
                (x, nextX) = terms.Inputs(TWindows.Load(windowSums, i, lane), TClasses.AreOne ? 0 : current);
            }

            var (low, high) = LayerConstants.Doubles(all);
            var first = Vector512.FusedMultiplyAdd(slope, low, Vector512.FusedMultiplyAdd(window, x, begin));
            var second = Vector512.FusedMultiplyAdd(nextSlope, high, Vector512.FusedMultiplyAdd(nextWindow, nextX, nextBegin));
            Finish<TWidth>(Vector512.Narrow(first, second), added, stored, values, channels, lane, follows);
        }
    }

    /// <summary>From the reals of the convolution to those that are stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TWidth>(Vector512<float> y, float* added, float* stored, float* values, int channels, int lane, Rectifier rectifier) where TWidth : struct, IBlockWidth
    {
        if (added != null)
        {
            y += TWidth.Load(added + lane, channels - lane);
        }

        y = Rectified(y, rectifier);
        y.Store(values);
        if (stored != null)
        {
            TWidth.Store(y, stored + lane, channels - lane);
        }
    }

    /// <summary>As <see cref="Rectify"/>: NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Rectified(Vector512<float> y, Rectifier rectifier)
    {
        if (rectifier == Rectifier.None)
        {
            return y;
        }

        // x86 returns the second operand for NaN and for zeros of either sign, which is what the rectifier asks for.
        var positive = Avx512F.IsSupported ? Avx512F.Max(y, Vector512<float>.Zero) : y & Vector512.GreaterThan(y, Vector512<float>.Zero);
        return rectifier == Rectifier.Relu ? positive : Vector512.Min(positive, Vector512.Create(6f));
    }

    /// <summary>Positions of reals on a grid.</summary>
    private readonly partial struct Positions
    {
        private readonly CodeRounding rounding;
        private readonly FixedRounding fixedRounding;
        private readonly ExactRounding exact;
        private readonly float slope, start, fixedSlope, fixedStart, largest;
        private readonly bool isFixed;

        public Positions(CodeTarget target)
        {
            var grid = target.Grid;
            double scale = grid.Scale(0), offset = grid.Offset(0);
            (slope, start) = ((float)(1 / scale), (float)(-offset / scale - grid.MinCode));
            // Within the grid a real is at most |offset| + scale·(|code| + levels); slope, product and start are each within 2⁻²⁴; 1 for the bias.
            double error = Math.ScaleB(2 * Math.Abs(offset / scale) + 2 * Math.Abs(grid.MinCode) + 2 * grid.LevelCount + 1, -22);
            exact = new ExactRounding(grid, 0, grid.LevelCount - 1);
            rounding = new CodeRounding(0, grid.LevelCount - 1, float.IsFinite(slope) && float.IsFinite(start) && error < 0.5 ? error : 1); // 1: nothing is sure.
            fixedRounding = new FixedRounding(0, grid.LevelCount - 1, error);
            (fixedSlope, fixedStart) = (slope * FixedRounding.Unit, (float)((-offset / scale - grid.MinCode) * FixedRounding.Unit + fixedRounding.Bias));
            largest = (float)((grid.LevelCount - 1) * (double)FixedRounding.Unit + fixedRounding.Bias); // Below 2²⁴.
            isFixed = error <= CodeRounding.LargestError && float.IsFinite(fixedSlope) && float.IsFinite(fixedStart);
        }

        /// <summary>The codes of reals, and per 64 of them the lanes in doubt.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool Round(float* reals, int count, byte* codes, ulong* doubts)
        {
            if (!Vector512.IsHardwareAccelerated || !isFixed)
            {
                return RoundHalves(reals, count, codes, doubts);
            }

            var round = fixedRounding;
            Vector512<float> slopes = Vector512.Create(fixedSlope), starts = Vector512.Create(fixedStart), most = Vector512.Create(largest);
            ulong any = 0;
            for (int i = 0; i < count; i += Block, reals += Block)
            {
                var c0 = Fixed(reals, slopes, starts, most);
                var c1 = Fixed(reals + 16, slopes, starts, most);
                var c2 = Fixed(reals + 32, slopes, starts, most);
                var c3 = Fixed(reals + 48, slopes, starts, most);
                round.Codes(c0, c1, c2, c3).Store(codes + i);
                any |= doubts[i / Block] = round.Doubts(c0, c1, c2, c3);
            }

            return any != 0;
        }

        /// <summary>Positions above the largest code are those of the largest; NaN, and positions too far below, become what is in doubt (x86: the second operand, and −2³¹).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<int> Fixed(float* reals, Vector512<float> slopes, Vector512<float> starts, Vector512<float> most) =>
            FixedRounding.Round(Vector512.MinNative(most, Vector512.FusedMultiplyAdd(Vector512.Load(reals), slopes, starts)));

        /// <summary>Decides by the reference expression, 64 codes at a time.</summary>
        public void Decide(float* reals, int count, byte* codes, ulong* doubts)
        {
            for (int i = 0; i < count; i += Block)
            {
                if (doubts[i / Block] != 0)
                {
                    exact.Round(reals + i, codes + i);
                }
            }
        }
    }
}
