using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Steps;

/// <summary>The same where vectors have 256 bits or less: eight positions at a time.</summary>
internal sealed unsafe partial class DepthwiseConvolution
{
    private const int Half = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool RoundHalves(int* products, int* inputs, int place, int count, int channel, byte* codes, ulong* doubts)
    {
        float* slopes = positions!.Slope + channel, windows = positions.Window + channel, start = positions.Start(0) + channel;
        nint classStep = (nint)(positions.Start(1) - positions.Start(0));
        var round = positions.Rounding.Halves;
        ulong any = 0;
        for (int p = 0; p < count; p++, products += Block, inputs += Block, codes += Block)
        {
            float* starts = start + geometry.ClassOf(place + p) * classStep;
            var farthest = Vector256<float>.Zero;
            for (int lane = 0; lane < Block && channel + lane < channels; lane += 4 * Half)
            {
                var c0 = round.Round(Position(products, inputs, slopes, windows, starts, lane), ref farthest);
                var c1 = round.Round(Position(products, inputs, slopes, windows, starts, lane + Half), ref farthest);
                var c2 = round.Round(Position(products, inputs, slopes, windows, starts, lane + 2 * Half), ref farthest);
                var c3 = round.Round(Position(products, inputs, slopes, windows, starts, lane + 3 * Half), ref farthest);
                HalfRounding.Bytes(c0, c1, c2, c3).Store(codes + lane);
            }

            any |= doubts[p] = round.Doubts(farthest);
        }

        return any != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Position(int* products, int* inputs, float* slope, float* window, float* start, int lane) => Vector256.FusedMultiplyAdd(
        Vector256.ConvertToSingle(Vector256.Load(products + lane)), Vector256.Load(slope + lane),
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(Vector256.Load(inputs + lane)), Vector256.Load(window + lane), Vector256.Load(start + lane)));
}
