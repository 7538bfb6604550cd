using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Steps;

/// <summary>Sums straight to the codes of the next layer; no real is stored.</summary>
/// <param name="constants">Of the convolution.</param>
/// <param name="geometry">Of the convolution.</param>
/// <param name="target">Where the codes go.</param>
/// <param name="positions">How.</param>
internal sealed unsafe partial class CodeEpilogue(LayerConstants constants, ConvolutionGeometry geometry, CodeTarget target, CodePositions positions) : Epilogue(constants, geometry)
{
    private const int FewLanes = 2; // More are decided by vectors, all at once.

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
        byte* start;
        fixed (int* offsets = target.Put(arena, place, channel, codes, out start))
        {
            if (!Vector512.IsHardwareAccelerated ? RoundHalves<TWidth, TWindows>(sums, place, count, channel, windowSums, start, offsets, doubts)
                : Constants.HasOneClass ? Round<TWidth, TWindows, OneClass>(sums, place, count, channel, windowSums, start, offsets, doubts)
                : Round<TWidth, TWindows, SeveralClasses>(sums, place, count, channel, windowSums, start, offsets, doubts))
            {
                Decide<TWidth, TWindows>(start, offsets, doubts, sums, place, count, channel, windowSums);
            }
        }

        if (start == codes)
        {
            target.Write(arena, place, count, channel, codes, TWidth.Vectors * Vector512<int>.Count);
        }
    }

    /// <summary>
    /// The codes, and per 64 of them the lanes in doubt. Four vectors at a time: of one place, or of neighbours where a place has fewer. No
    /// calls: everything stays in registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Round<TWidth, TWindows, TClasses>(BlockSums sums, int place, int count, int channel, int* windowSums, byte* codes, int* offsets, ulong* doubts)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
        where TClasses : struct, IBorderClasses
    {
        bool isOne = TWidth.Vectors == 1, isFour = TWidth.Vectors == 4;
        int second = isOne ? 0 : 16, third = isFour ? 32 : 0, fourth = isFour ? 48 : second;
        float* slopes = positions.Slope + channel, windows = positions.Window + channel, starts = positions.Start(0) + channel;
        Vector512<float> s0 = Vector512.Load(slopes), s1 = Vector512.Load(slopes + second), s2 = Vector512.Load(slopes + third), s3 = Vector512.Load(slopes + fourth);
        Vector512<float> w0 = Vector512.Load(windows), w1 = Vector512.Load(windows + second), w2 = Vector512.Load(windows + third), w3 = Vector512.Load(windows + fourth);
        int* a = sums.A, b = isOne ? a : sums.B, c = isFour ? sums.C : a, d = isFour ? sums.D : b;
        var round = positions.Fixed;
        nint stride = (nint)(positions.Start(1) - positions.Start(0)), step = sums.Step;
        int last = count - 1;
        ulong any = 0;
        fixed (int* classOf = &Geometry.Classes[place])
        {
            for (int p0 = 0; p0 < count; p0 += 4 / TWidth.Vectors, doubts++)
            {
                int p1 = isOne ? Math.Min(p0 + 1, last) : p0, p2 = isFour ? p0 : Math.Min(p0 + (isOne ? 2 : 1), last), p3 = isFour ? p0 : isOne ? Math.Min(p0 + 3, last) : p2;
                float* f0 = starts, f1 = starts, f2 = starts, f3 = starts;
                if (!TClasses.AreOne)
                {
                    f0 += classOf[p0] * stride;
                    f1 += classOf[p1] * stride;
                    f2 += classOf[p2] * stride;
                    f3 += classOf[p3] * stride;
                }

                var u0 = Vector512.ConvertToSingle(TWindows.Load(windowSums, p0, 0));
                var u1 = TWindows.AreShared && !isOne ? u0 : Vector512.ConvertToSingle(TWindows.Load(windowSums, p1, second));
                var u2 = TWindows.AreShared && isFour ? u0 : Vector512.ConvertToSingle(TWindows.Load(windowSums, p2, third));
                var u3 = TWindows.AreShared && !isOne ? u2 : Vector512.ConvertToSingle(TWindows.Load(windowSums, p3, fourth));
                var c0 = FixedRounding.Round(Position(isFour ? a : a + p0 * step, s0, w0, f0, u0));
                var c1 = FixedRounding.Round(Position(isFour ? b : b + p1 * step, s1, w1, f1 + second, u1));
                var c2 = FixedRounding.Round(Position(isFour ? c : c + p2 * step, s2, w2, f2 + third, u2));
                var c3 = FixedRounding.Round(Position(isFour ? d : d + p3 * step, s3, w3, f3 + fourth, u3));
                round.Codes(c0, c1, c2, c3).Store(codes + (isFour ? offsets[p0] : p0 * TWidth.Vectors * Vector512<int>.Count));
                any |= *doubts = round.Doubts(c0, c1, c2, c3);
                if (isFour)
                {
                    a += step;
                    b += step;
                    c += step;
                    d += step;
                }
            }
        }

        return any != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Position(int* sums, Vector512<float> slope, Vector512<float> window, float* start, Vector512<float> u) => Vector512.FusedMultiplyAdd(
        Vector512.ConvertToSingle(Vector512.Load(sums)), slope, Vector512.FusedMultiplyAdd(u, window, Vector512.Load(start)));

    /// <summary>Decides by the reference expression: the four codes of every lane in doubt, or all 64 where there are more such lanes.</summary>
    private void Decide<TWidth, TWindows>(byte* codes, int* offsets, ulong* doubts, BlockSums sums, int place, int count, int channel, int* windowSums)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
    {
        uint width = (uint)(TWidth.Vectors * Vector512<int>.Count); // A constant: no division is left.
        var exact = positions.Exact;
        var terms = Constants.From(channel);
        float* reals = stackalloc float[Block];
        for (int i = 0; i < count * width; i += Block)
        {
            byte* block = codes + (width == Block ? offsets[i / Block] : i);
            if (BitOperations.PopCount(doubts[i / Block]) > FewLanes)
            {
                for (int lane = 0; lane < Block; lane += Vector512<int>.Count)
                {
                    int p = Math.Min((int)((uint)(i + lane) / width), count - 1), c = (int)((uint)(i + lane) % width);
                    terms.Reals(Vector512.Load(sums.At(p, c)), c, TWindows.Load(windowSums, p, c), Geometry.ClassOf(place + p)).Store(reals + lane);
                }

                exact.Round(reals, block);
                continue;
            }

            for (ulong rest = doubts[i / Block]; rest != 0; rest &= rest - 1)
            {
                for (int lane = FixedRounding.Lane(rest); lane < Block; lane += Vector512<int>.Count)
                {
                    int p = Math.Min((int)((uint)(i + lane) / width), count - 1), c = (int)((uint)(i + lane) % width);
                    int sum = sums.At(p, c)[c % Vector512<int>.Count];
                    block[lane] = exact.Round(Constants.Real(sum, TWindows.AreShared ? windowSums[p] : windowSums[p * Block + c], channel + c, Geometry.ClassOf(place + p)));
                }
            }
        }
    }
}
