using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Planning;

/// <summary>Codes of up to 8 bits, a byte each, in groups of four.</summary>
internal sealed unsafe class ByteLayout : PackedLayout
{
    private ByteLayout()
    {
    }

    /// <summary>The only one.</summary>
    public static ByteLayout Instance { get; } = new();

    public override int GroupCodes => 4;

    public override int GroupBytes => 4;

    public override void Pack(Vector512<byte> codes, int channels, byte* target)
    {
        if (channels == Block)
        {
            codes.Store(target);
            return;
        }

        byte* all = stackalloc byte[Block];
        codes.Store(all);
        int count = (channels + GroupCodes - 1) / GroupCodes * GroupBytes;
        new ReadOnlySpan<byte>(all, count).CopyTo(new Span<byte>(target, count));
    }

    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int bytes = Groups(channels) * GroupBytes;
        for (int i = 0; i < count; i++, pixels += bytes)
        {
            int sum = 0, c = 0;
            if (Avx512BW.IsSupported)
            {
                var total = Vector512<ulong>.Zero;
                for (; c <= bytes - Block; c += Block)
                {
                    total += Avx512BW.SumAbsoluteDifferences(Vector512.Load(pixels + c), Vector512<byte>.Zero).AsUInt64();
                }

                sum = (int)Vector512.Sum(total);
            }

            for (; c < bytes; c++)
            {
                sum += pixels[c];
            }

            sums[i] = sum;
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels) => (channel / GroupCodes, channel % GroupCodes);
}
