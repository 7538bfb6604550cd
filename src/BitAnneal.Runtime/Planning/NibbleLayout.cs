using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Codes of up to two bits for kernels that look products of pairs up in 16 bytes: a group of two codes is the number of a table, stored as its offset in bytes.
/// Group g of a block with G groups holds the channels g and g + G.
/// </summary>
internal sealed unsafe class NibbleLayout : PackedLayout
{
    private const int CodeBits = 2, Shift = 4; // log₂ of the bytes of a table

    private NibbleLayout()
    {
    }

    /// <summary>The only one.</summary>
    public static NibbleLayout Instance { get; } = new();

    public override int GroupCodes => 2;

    public override int GroupBytes => 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        int groups = BlockGroups(channels);
        for (int i = 0; i < count; i++, codes += step)
        {
            byte* pixel = target + offsets[i];
            if (channels == Block)
            {
                var pairs = Vector256.Load(codes).AsUInt16() | (Vector256.Load(codes + Block / 2).AsUInt16() << CodeBits); // No bit leaves its byte.
                (pairs << Shift).AsByte().Store(pixel);
                continue;
            }

            for (int g = 0; g < groups; g++)
            {
                int second = g + groups < channels ? codes[g + groups] : 0;
                pixel[g] = (byte)((codes[g] | second << CodeBits) << Shift);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int groups = Groups(channels);
        var code = Vector256.Create((byte)3);
        for (int i = 0; i < count; i++, pixels += groups)
        {
            int g = 0, sum = 0;
            for (; g <= groups - Vector256<byte>.Count; g += Vector256<byte>.Count)
            {
                var pairs = Vector256.Load(pixels + g).AsUInt16();
                var both = ((pairs >>> Shift).AsByte() & code) + ((pairs >>> (Shift + CodeBits)).AsByte() & code);
                var (low, high) = Vector256.Widen(both);
                sum += Vector256.Sum(low + high);
            }

            for (; g < groups; g++)
            {
                sum += ((pixels[g] >> Shift) & 3) + (pixels[g] >> (Shift + CodeBits));
            }

            sums[i] = sum;
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels)
    {
        int groups = BlockGroups(channels);
        return (channel % groups, channel / groups);
    }
}
