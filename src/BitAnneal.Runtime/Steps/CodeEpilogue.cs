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
        byte* room = stackalloc byte[MaxLanes + 2 * Block], codes = Aligned(room);
        ulong* doubts = stackalloc ulong[MaxLanes / Block];
        if (Round<TWidth, TWindows>(sums, place, count, channel, windowSums, codes, doubts))
        {
            Decide<TWindows>(codes, doubts, sums, place, count, channel, TWidth.Vectors * Vector512<int>.Count, windowSums);
        }

        target.Write(arena, place, count, channel, codes, TWidth.Vectors * Vector512<int>.Count);
    }

    /// <summary>
    /// The codes, and per 64 of them the lanes in doubt. Four vectors at a time: of one place, or of neighbours where a place has fewer. No calls:
    /// everything stays in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Round<TWidth, TWindows>(BlockSums sums, int place, int count, int channel, int* windowSums, byte* codes, ulong* doubts)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
    {
        bool isOne = TWidth.Vectors == 1, isFour = TWidth.Vectors == 4;
        int second = isOne ? 0 : 16, third = isFour ? 32 : 0, fourth = isFour ? 48 : second;
        float* slopes = positions.Slope + channel, windows = positions.Window + channel, starts = positions.Start(0) + channel;
        Vector512<float> s0 = Vector512.Load(slopes), s1 = Vector512.Load(slopes + second), s2 = Vector512.Load(slopes + third), s3 = Vector512.Load(slopes + fourth);
        Vector512<float> w0 = Vector512.Load(windows), w1 = Vector512.Load(windows + second), w2 = Vector512.Load(windows + third), w3 = Vector512.Load(windows + fourth);
        int* a = sums.A, b = isOne ? a : sums.B, c = isFour ? sums.C : a, d = isFour ? sums.D : b;
        var round = positions.Rounding;
        nint stride = (nint)(positions.Start(1) - positions.Start(0)), step = sums.Step;
        int last = count - 1;
        ulong any = 0;
        fixed (int* classOf = &Geometry.Classes[place])
        {
            for (int p0 = 0; p0 < count; p0 += 4 / TWidth.Vectors, codes += Block, doubts++)
            {
                int p1 = isOne ? Math.Min(p0 + 1, last) : p0, p2 = isFour ? p0 : Math.Min(p0 + (isOne ? 2 : 1), last), p3 = isFour ? p0 : isOne ? Math.Min(p0 + 3, last) : p2;
                float* f0 = starts + classOf[p0] * stride, f1 = isOne ? starts + classOf[p1] * stride : f0;
                float* f2 = isFour ? f0 : starts + classOf[p2] * stride, f3 = isFour ? f0 : isOne ? starts + classOf[p3] * stride : f2;
                var u0 = Vector512.ConvertToSingle(TWindows.Load(windowSums, p0, 0));
                var u1 = TWindows.AreShared && !isOne ? u0 : Vector512.ConvertToSingle(TWindows.Load(windowSums, p1, second));
                var u2 = TWindows.AreShared && isFour ? u0 : Vector512.ConvertToSingle(TWindows.Load(windowSums, p2, third));
                var u3 = TWindows.AreShared && !isOne ? u2 : Vector512.ConvertToSingle(TWindows.Load(windowSums, p3, fourth));
                var farthest = Vector512<float>.Zero;
                var c0 = round.Round(Position(a + p0 * step, s0, w0, f0, u0), ref farthest);
                var c1 = round.Round(Position(b + p1 * step, s1, w1, f1 + second, u1), ref farthest);
                var c2 = round.Round(Position(c + p2 * step, s2, w2, f2 + third, u2), ref farthest);
                var c3 = round.Round(Position(d + p3 * step, s3, w3, f3 + fourth, u3), ref farthest);
                CodeRounding.Bytes(c0, c1, c2, c3).Store(codes);
                any |= *doubts = round.Doubts(farthest);
            }
        }

        return any != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(int* sums, Vector512<float> slope, Vector512<float> window, float* start, Vector512<float> u) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.Load(sums)), slope, Vector512.FusedMultiplyAdd(u, window, Vector512.Load(start)));

    /// <summary>Decides by the reference expression, 64 codes at a time.</summary>
    private void Decide<TWindows>(byte* codes, ulong* doubts, BlockSums sums, int place, int count, int channel, int width, int* windowSums) where TWindows : struct, IWindows
    {
        float* reals = stackalloc float[Block];
        var terms = Constants.From(channel);
        for (int i = 0; i < count * width; i += Block)
        {
            for (int lane = i; doubts[i / Block] != 0 && lane < i + Block; lane += Vector512<float>.Count)
            {
                int p = Math.Min(lane / width, count - 1);
                var common = terms.Of<TWindows>(Geometry.ClassOf(place + p), windowSums, p, lane % width);
                terms.Reals(Vector512.Load(sums.At(p, lane % width)), lane % width, common).Store(reals + lane - i);
            }

            if (doubts[i / Block] != 0)
            {
                positions.Exact.Round(reals, codes + i);
            }
        }
    }
}
