using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Steps;

/// <summary>The same where vectors have 256 bits or less: eight values at a time. Longer vectors would be made of shorter ones, in memory.</summary>
internal sealed unsafe partial class RealEpilogue
{
    private const int Half = 8;

    /// <summary>One place. No calls: everything stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves<TWidth, TWindows>(
        ChannelTerms terms, BlockSums sums, int place, int borderClass, int* windowSums, float* added, float* stored, float* values, int channels, Rectifier follows)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
    {
        int windowSum = windowSums[place];
        for (int lane = 0; lane < TWidth.Vectors * 2 * Half; lane += Half)
        {
            var window = TWindows.AreShared ? default : TWindows.LoadHalf(windowSums, place, lane);
            var y = terms.Reals<TWindows>(Vector256.Load(sums.At(place, lane) + lane % (2 * Half)), lane, borderClass, windowSum, window);
            if (added != null)
            {
                y += TWidth.LoadHalf(added + lane, channels - lane);
            }

            if (follows != Rectifier.None)
            {
                y &= Vector256.GreaterThan(y, Vector256<float>.Zero); // NaN and -0 become 0.
                y = follows == Rectifier.Relu ? y : Vector256.Min(y, Vector256.Create(6f));
            }

            y.Store(values + lane);
            if (stored != null)
            {
                TWidth.Store(y, stored + lane, channels - lane);
            }
        }
    }

    private readonly partial struct Positions
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool RoundHalves(float* reals, int count, byte* codes, ulong* doubts)
        {
            var round = rounding.Halves;
            Vector256<float> slopes = Vector256.Create(slope), starts = Vector256.Create(start);
            ulong any = 0;
            for (int i = 0; i < count; i += 4 * Half)
            {
                var farthest = Vector256<float>.Zero;
                var c0 = round.Round(Vector256.FusedMultiplyAdd(Vector256.Load(reals + i), slopes, starts), ref farthest);
                var c1 = round.Round(Vector256.FusedMultiplyAdd(Vector256.Load(reals + i + Half), slopes, starts), ref farthest);
                var c2 = round.Round(Vector256.FusedMultiplyAdd(Vector256.Load(reals + i + 2 * Half), slopes, starts), ref farthest);
                var c3 = round.Round(Vector256.FusedMultiplyAdd(Vector256.Load(reals + i + 3 * Half), slopes, starts), ref farthest);
                HalfRounding.Bytes(c0, c1, c2, c3).Store(codes + i);
                ulong some = round.Doubts(farthest);
                doubts[i / Block] = i % Block == 0 ? some : doubts[i / Block] | some;
                any |= some;
            }

            return any != 0;
        }
    }
}
