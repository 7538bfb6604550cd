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
        if (Constants.Outputs - channel >= Block)
        {
            Finish<WholeBlock>(arena, sums, place, count, channel, windowSums);
        }
        else
        {
            Finish<PartialBlock>(arena, sums, place, count, channel, windowSums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish<TAccess>(byte* arena, BlockSums sums, int place, int count, int channel, int* windowSums) where TAccess : struct, IBlockAccess
    {
        int channels = Constants.Outputs - channel;
        float* added = shortcut is null ? null : shortcut.Reals(arena) + (nint)place * shortcut.PixelStride + channel;
        float* stored = reals is null ? null : reals.Reals(arena) + (nint)place * reals.PixelStride + channel;
        for (int p = place; p < place + count; p++, sums = sums.Skip(1))
        {
            var terms = Constants.TermsOf(Geometry.ClassOf(p), windowSums[p]);
            var y0 = Real<TAccess>(sums.A, added, stored, channel, channels, terms, 0);
            var y1 = Real<TAccess>(sums.B, added, stored, channel, channels, terms, 16);
            var y2 = Real<TAccess>(sums.C, added, stored, channel, channels, terms, 32);
            var y3 = Real<TAccess>(sums.D, added, stored, channel, channels, terms, 48);
            for (int i = 0; i < targets.Length; i++)
            {
                targets[i].Write(arena, p, channel, positions[i].Codes(y0, y1, y2, y3));
            }

            added = added == null ? null : added + shortcut!.PixelStride;
            stored = stored == null ? null : stored + reals!.PixelStride;
        }
    }

    /// <summary>Sixteen reals, from the sums to where they are stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Real<TAccess>(int* sums, float* added, float* stored, int channel, int channels, LayerConstants.PlaceTerms terms, int lane) where TAccess : struct, IBlockAccess
    {
        var (low, high) = Doubles(sums);
        var y = Constants.Reals(low, high, channel + lane, terms);
        if (added != null)
        {
            y += TAccess.Load(added + lane, channels - lane);
        }

        y = Rectified(y);
        if (stored != null)
        {
            TAccess.Store(y, stored + lane, channels - lane);
        }

        return y;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<double> Low, Vector512<double> High) Doubles(int* sums)
    {
        if (Avx512F.IsSupported)
        {
            return (Avx512F.ConvertToVector512Double(Vector256.Load(sums)), Avx512F.ConvertToVector512Double(Vector256.Load(sums + 8)));
        }

        var (low, high) = Vector512.Widen(Vector512.Load(sums));
        return (Vector512.ConvertToDouble(low), Vector512.ConvertToDouble(high));
    }

    /// <summary>As <see cref="Rectify"/>: NaN becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<float> Rectified(Vector512<float> y)
    {
        if (rectifier == Rectifier.None)
        {
            return y;
        }

        var positive = y & Vector512.GreaterThan(y, Vector512<float>.Zero);
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

        /// <summary>The codes of 64 reals.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<byte> Codes(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
        {
            var doubtful = Vector512<float>.Zero;
            var codes = CodeRounding.Bytes(Round(a, ref doubtful), Round(b, ref doubtful), Round(c, ref doubtful), Round(d, ref doubtful));
            ulong lanes = doubtful.ExtractMostSignificantBits();
            return lanes == 0 ? codes : Exact(codes, lanes, a, b, c, d);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<int> Round(Vector512<float> reals, ref Vector512<float> doubtful) =>
            rounding.Round(Vector512.FusedMultiplyAdd(reals, Vector512.Create(slope), Vector512.Create(start)), ref doubtful);

        [MethodImpl(MethodImplOptions.NoInlining)]
        private Vector512<byte> Exact(Vector512<byte> codes, ulong lanes, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
        {
            float* reals = stackalloc float[Block];
            byte* exact = stackalloc byte[Block];
            a.Store(reals);
            b.Store(reals + 16);
            c.Store(reals + 32);
            d.Store(reals + 48);
            codes.Store(exact);
            for (int i = 0; i < Block; i++)
            {
                if (((lanes >> (i % Vector512<float>.Count)) & 1) != 0)
                {
                    exact[i] = (byte)(target.Grid.Quantize(reals[i]) - target.Grid.MinCode);
                }
            }

            return Vector512.Load(exact);
        }
    }
}
