using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Planning;

/// <summary>Codes of a single pixel as signed bytes, filled up with code 0 to whole blocks of 64.</summary>
/// <param name="groupCodes">Codes of a group, a divisor of 64.</param>
/// <param name="bias">What is subtracted from every code: 0 or 128.</param>
internal sealed unsafe class VectorLayout(int groupCodes, int bias) : PackedLayout
{
    public override int GroupCodes => groupCodes;

    public override int GroupBytes => groupCodes;

    private Vector512<byte> Bias => Vector512.Create((byte)bias); // By exclusive or: it is the highest bit or nothing.

    public override void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        for (int i = 0; i < count; i++, codes += step)
        {
            (Load(codes, channels) ^ Bias).Store(target + offsets[i]); // Behind the last channel is the end of the value.
        }
    }

    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int bytes = Groups(channels) * groupCodes;
        for (int i = 0; i < count; i++, pixels += bytes)
        {
            sums[i] = Sum(pixels, channels);
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels) => (channel / groupCodes, channel % groupCodes);

    private int Sum(byte* codes, int channels)
    {
        var total = Vector512<ulong>.Zero;
        int sum = 0;
        for (int c = 0; c < channels; c += Block)
        {
            var unsigned = Vector512.Load(codes + c) ^ Bias;
            if (Avx512BW.IsSupported)
            {
                total += Avx512BW.SumAbsoluteDifferences(unsigned, Vector512<byte>.Zero).AsUInt64();
            }
            else
            {
                var (low, high) = Vector512.Widen(unsigned);
                sum += Vector512.Sum(low + high);
            }
        }

        return sum + (int)Vector512.Sum(total);
    }
}
