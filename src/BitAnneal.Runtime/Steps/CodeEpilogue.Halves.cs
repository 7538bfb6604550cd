using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Steps;

/// <summary>The same where vectors have 256 bits or less: eight positions at a time. Longer vectors would be made of shorter ones, in memory.</summary>
internal sealed unsafe partial class CodeEpilogue
{
    private const int Half = 8, Quarter = 2 * Half;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool RoundHalves<TWidth, TWindows>(BlockSums sums, int place, int count, int channel, int* windowSums, byte* codes, int* offsets, ulong* doubts)
        where TWidth : struct, IBlockWidth
        where TWindows : struct, IWindows
    {
        float* slopes = positions.Slope + channel, windows = positions.Window + channel, starts = positions.Start(0) + channel;
        nint stride = (nint)(positions.Start(1) - positions.Start(0));
        var fixedPoint = positions.Fixed;
        Vector256<int> limit = Vector256.Create(fixedPoint.Limit), fraction = Vector256.Create(FixedRounding.Unit - 1);
        Vector128<byte> least = Vector128.Create((byte)fixedPoint.Lowest), largest = Vector128.Create((byte)fixedPoint.Highest);
        bool any = false;
        new Span<ulong>(doubts, (count * TWidth.Vectors * Quarter + Block - 1) / Block).Clear();
        fixed (int* classOf = &Geometry.Classes[place])
        {
            for (int p = 0; p < count; p++)
            {
                float* start = starts + classOf[p] * stride;
                int first = p * TWidth.Vectors * Quarter;
                byte* target = codes + (TWidth.Vectors == 4 ? offsets[p] : first);
                for (int lane = 0; lane < TWidth.Vectors * Quarter; lane += Quarter)
                {
                    int* sum = sums.At(p, lane);
                    var low = Fixed(sum, slopes + lane, windows + lane, start + lane, TWindows.LoadHalf(windowSums, p, lane));
                    var high = Fixed(sum + Half, slopes + lane + Half, windows + lane + Half, start + lane + Half, TWindows.LoadHalf(windowSums, p, lane + Half));
                    Vector128.Max(Vector128.Min(Bytes(low >> 16, high >> 16), largest), least).Store(target + lane);
                    uint inDoubt = Vector256.LessThan(low & fraction, limit).ExtractMostSignificantBits() | Vector256.LessThan(high & fraction, limit).ExtractMostSignificantBits() << Half;
                    for (any |= inDoubt != 0; inDoubt != 0; inDoubt &= inDoubt - 1)
                    {
                        doubts[(first + lane) / Block] |= FixedRounding.DoubtOf(BitOperations.TrailingZeroCount(inDoubt));
                    }
                }
            }
        }

        return any;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Fixed(int* sums, float* slope, float* window, float* start, Vector256<int> u) => Vector256.ConvertToInt32Native(Vector256.FusedMultiplyAdd(
        Vector256.ConvertToSingle(Vector256.Load(sums)), Vector256.Load(slope), Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(u), Vector256.Load(window), Vector256.Load(start))));

    /// <summary>16 codes as bytes, those below 0 and above 255 as these.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Bytes(Vector256<int> low, Vector256<int> high)
    {
        if (Avx2.IsSupported)
        {
            var words = Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), 0b11_01_10_00).AsInt16();
            return Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper());
        }

        Vector256<int> zero = Vector256<int>.Zero, most = Vector256.Create((int)byte.MaxValue);
        var shorts = Vector256.Narrow(Vector256.Max(Vector256.Min(low, most), zero), Vector256.Max(Vector256.Min(high, most), zero)).AsUInt16();
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper());
    }
}
