using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Sums straight to the codes of the next layer; no real is stored.</summary>
/// <param name="constants">Of the convolution.</param>
/// <param name="geometry">Of the convolution.</param>
/// <param name="target">Where the codes go.</param>
/// <param name="positions">How.</param>
internal sealed unsafe class CodeEpilogue(LayerConstants constants, ConvolutionGeometry geometry, CodeTarget target, CodePositions positions) : Epilogue(constants, geometry)
{
    public override string Description => $"{target.Grid.Bits}-bit codes";

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
        byte* codes = stackalloc byte[MaxPlaces * Block];
        ulong* doubts = stackalloc ulong[MaxPlaces];
        bool hasDoubts = Round<TWidth>(sums, place, count, channel, windowSums, codes, doubts);
        for (int i = 0; hasDoubts && i < count; i++)
        {
            if (doubts[i] != 0)
            {
                Decide(codes + i * Block, doubts[i], sums.Skip(i), channel, Geometry.ClassOf(place + i), windowSums[place + i]);
            }
        }

        target.Write(arena, place, count, channel, codes);
    }

    /// <summary>The codes, and the lanes in doubt. No calls: everything stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Round<TWidth>(BlockSums sums, int place, int count, int channel, int* windowSums, byte* codes, ulong* doubts) where TWidth : struct, IBlockWidth
    {
        float* slopes = positions.Slope + channel, windows = positions.Window + channel, starts = positions.Start(0) + channel;
        int* a = sums.A, b = sums.B, c = sums.C, d = sums.D;
        Vector512<float> s0 = Vector512.Load(slopes), s1 = Vector512.Load(slopes + 16), s2 = Vector512.Load(slopes + 32), s3 = Vector512.Load(slopes + 48);
        Vector512<float> w0 = Vector512.Load(windows), w1 = Vector512.Load(windows + 16), w2 = Vector512.Load(windows + 32), w3 = Vector512.Load(windows + 48);
        var round = positions.Rounding;
        int stride = (int)(positions.Start(1) - positions.Start(0));
        nint step = 0;
        ulong any = 0;
        for (int i = 0; i < count; i++, step += sums.Step)
        {
            float* first = starts + Geometry.ClassOf(place + i) * stride;
            var u = Vector512.Create((float)windowSums[place + i]);
            var doubtful = Vector512<float>.Zero;
            var c0 = round.Round(Position(a + step, s0, w0, first, u), ref doubtful);
            var c1 = TWidth.Vectors > 1 ? round.Round(Position(b + step, s1, w1, first + 16, u), ref doubtful) : Vector512<int>.Zero;
            var c2 = TWidth.Vectors > 2 ? round.Round(Position(c + step, s2, w2, first + 32, u), ref doubtful) : Vector512<int>.Zero;
            var c3 = TWidth.Vectors > 2 ? round.Round(Position(d + step, s3, w3, first + 48, u), ref doubtful) : Vector512<int>.Zero;
            CodeRounding.Bytes(c0, c1, c2, c3).Store(codes + i * Block);
            doubts[i] = doubtful.ExtractMostSignificantBits();
            any |= doubts[i];
        }

        return any != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(int* sums, Vector512<float> slope, Vector512<float> window, float* start, Vector512<float> u) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.Load(sums)), slope, Vector512.FusedMultiplyAdd(u, window, Vector512.Load(start)));

    /// <summary>Decides the channels of the doubtful lanes by the reference expression.</summary>
    private void Decide(byte* codes, ulong lanes, BlockSums sums, int channel, int borderClass, int windowSum)
    {
        for (int c = 0; c < Math.Min(Block, Constants.Outputs - channel); c++)
        {
            if (((lanes >> (c % Vector512<float>.Count)) & 1) != 0)
            {
                codes[c] = positions.Decide(channel + c, borderClass, sums[c], windowSum);
            }
        }
    }
}
