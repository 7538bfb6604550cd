using System.Numerics;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Planning;

/// <summary>Codes of one bit, in groups of 32.</summary>
internal sealed unsafe class BitLayout : PackedLayout
{
    private BitLayout()
    {
    }

    /// <summary>The only one.</summary>
    public static BitLayout Instance { get; } = new();

    public override int GroupCodes => 32;

    public override int GroupBytes => 4;

    public override int SliceChannels => GroupCodes;

    public override void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        for (int i = 0; i < count; i++, codes += step)
        {
            ulong bits = (Load(codes, channels).AsUInt16() << 7).AsByte().ExtractMostSignificantBits(); // Codes are 0 or 1: nothing crosses from byte to byte.
            uint* pixel = (uint*)(target + offsets[i]);
            pixel[0] = (uint)bits;
            if (channels > GroupCodes)
            {
                pixel[1] = (uint)(bits >> GroupCodes);
            }
        }
    }

    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int groups = Groups(channels);
        for (int i = 0; i < count; i++)
        {
            int sum = 0;
            for (int g = 0; g < groups; g++, pixels += GroupBytes)
            {
                sum += BitOperations.PopCount(*(uint*)pixels);
            }

            sums[i] = sum;
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels) => (channel / GroupCodes, channel % GroupCodes);
}
