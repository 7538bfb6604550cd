using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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
internal sealed unsafe class RealEpilogue(LayerConstants constants, ConvolutionGeometry geometry, Slot? shortcut, Rectifier rectifier, Slot? reals, CodeTarget[] targets)
    : Epilogue(constants, geometry)
{
    private readonly Positions[] positions = [.. targets.Select(t => new Positions(t))];

    public override string Description => string.Join(", ", (string[])[
        .. shortcut is null ? Array.Empty<string>() : ["add"],
        .. rectifier == Rectifier.None ? Array.Empty<string>() : [rectifier == Rectifier.Relu ? "relu" : "relu6"],
        .. reals is null ? Array.Empty<string>() : ["reals"],
        .. targets.Select(t => $"{t.Grid.Bits}-bit codes")]);

    public override void Finish(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums)
    {
        switch (Constants.Outputs - channel)
        {
            case >= Block:
                Finish<WholeBlock>(arena, sums, place, count, channel, windowSums);
                break;
            case Block / 2:
                Finish<HalfBlock>(arena, sums, place, count, channel, windowSums);
                break;
            case Block / 4:
                Finish<QuarterBlock>(arena, sums, place, count, channel, windowSums);
                break;
            default:
                Finish<PartialBlock>(arena, sums, place, count, channel, windowSums);
                break;
        }
    }

    [SkipLocalsInit]
    private void Finish<TWidth>(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums) where TWidth : struct, IBlockWidth
    {
        float* values = stackalloc float[MaxPlaces * Block];
        byte* codes = stackalloc byte[MaxPlaces * Block];
        ulong* doubts = stackalloc ulong[MaxPlaces];
        Reals<TWidth>(arena, sums, place, count, channel, windowSums, values);
        for (int i = 0; i < targets.Length; i++)
        {
            if (positions[i].Round<TWidth>(values, count, codes, doubts))
            {
                positions[i].Decide(values, count, codes, doubts);
            }

            targets[i].Write(arena, place, count, channel, codes);
        }
    }

    /// <summary>Reals to where they are stored, and to a block of 64 per place. No calls where all channels exist: everything stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reals<TWidth>(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums, float* values) where TWidth : struct, IBlockWidth
    {
        int channels = Constants.Outputs - channel;
        float* added = shortcut is null ? null : shortcut.Reals(arena) + (nint)place * shortcut.PixelStride + channel;
        float* stored = reals is null ? null : reals.Reals(arena) + (nint)place * reals.PixelStride + channel;
        int* a = sums.A, b = sums.B, c = sums.C, d = sums.D;
        int addedStep = shortcut?.PixelStride ?? 0, storedStep = reals?.PixelStride ?? 0;
        nint step = 0;
        for (int i = 0; i < count; i++, values += Block, added += addedStep, stored += storedStep, step += sums.Step)
        {
            var terms = Constants.TermsOf(Geometry.ClassOf(place + i), windowSums[place + i]);
            Real<TWidth>(a + step, added, stored, values, channel, channels, terms, 0);
            if (TWidth.Vectors > 1)
            {
                Real<TWidth>(b + step, added, stored, values, channel, channels, terms, 16);
            }

            if (TWidth.Vectors > 2)
            {
                Real<TWidth>(c + step, added, stored, values, channel, channels, terms, 32);
                Real<TWidth>(d + step, added, stored, values, channel, channels, terms, 48);
            }
        }
    }

    /// <summary>Sixteen reals, from the sums to where they are stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Real<TWidth>(int* sums, float* added, float* stored, float* values, int channel, int channels, LayerConstants.PlaceTerms terms, int lane) where TWidth : struct, IBlockWidth
    {
        var (low, high) = LayerConstants.Doubles(sums);
        var y = Constants.Reals(low, high, channel + lane, terms);
        if (added != null)
        {
            y += TWidth.Load(added + lane, channels - lane);
        }

        y = Rectified(y);
        y.Store(values + lane);
        if (stored != null)
        {
            TWidth.Store(y, stored + lane, channels - lane);
        }
    }

    /// <summary>As <see cref="Rectify"/>: NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Rectified(Vector512<float> y)
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
    private readonly struct Positions
    {
        private readonly CodeTarget target;
        private readonly CodeRounding rounding;
        private readonly float slope, start;

        public Positions(CodeTarget target)
        {
            this.target = target;
            var grid = target.Grid;
            double scale = grid.Scale(0), offset = grid.Offset(0);
            (slope, start) = ((float)(1 / scale), (float)(-offset / scale - grid.MinCode));
            // Within the grid a real is at most |offset| + scale·(|code| + levels); slope, product and start are each within 2⁻²⁴.
            double error = Math.ScaleB(2 * Math.Abs(offset / scale) + 2 * Math.Abs(grid.MinCode) + 2 * grid.LevelCount, -22);
            rounding = new CodeRounding(0, grid.LevelCount - 1, float.IsFinite(slope) && float.IsFinite(start) && error < 0.5 ? error : 1); // 1: nothing is sure.
        }

        /// <summary>The codes of 64 reals per place, and the lanes in doubt.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool Round<TWidth>(float* reals, int count, byte* codes, ulong* doubts) where TWidth : struct, IBlockWidth
        {
            var round = rounding;
            Vector512<float> slopes = Vector512.Create(slope), starts = Vector512.Create(start);
            ulong any = 0;
            for (int i = 0; i < count; i++, reals += Block)
            {
                var doubtful = Vector512<float>.Zero;
                var c0 = round.Round(Vector512.FusedMultiplyAdd(Vector512.Load(reals), slopes, starts), ref doubtful);
                var c1 = TWidth.Vectors > 1 ? round.Round(Vector512.FusedMultiplyAdd(Vector512.Load(reals + 16), slopes, starts), ref doubtful) : Vector512<int>.Zero;
                var c2 = TWidth.Vectors > 2 ? round.Round(Vector512.FusedMultiplyAdd(Vector512.Load(reals + 32), slopes, starts), ref doubtful) : Vector512<int>.Zero;
                var c3 = TWidth.Vectors > 2 ? round.Round(Vector512.FusedMultiplyAdd(Vector512.Load(reals + 48), slopes, starts), ref doubtful) : Vector512<int>.Zero;
                CodeRounding.Bytes(c0, c1, c2, c3).Store(codes + i * Block);
                doubts[i] = doubtful.ExtractMostSignificantBits();
                any |= doubts[i];
            }

            return any != 0;
        }

        /// <summary>Decides the doubtful lanes by the reference expression.</summary>
        public void Decide(float* reals, int count, byte* codes, ulong* doubts)
        {
            for (int i = 0; i < count; i++)
            {
                for (int lane = 0; doubts[i] != 0 && lane < Block; lane++)
                {
                    if (((doubts[i] >> (lane % Vector512<float>.Count)) & 1) != 0)
                    {
                        codes[i * Block + lane] = (byte)(target.Grid.Quantize(reals[i * Block + lane]) - target.Grid.MinCode);
                    }
                }
            }
        }
    }
}
