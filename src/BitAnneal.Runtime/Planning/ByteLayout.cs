using System.Runtime.CompilerServices;
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(byte* codes, int count, int channels, byte* target, int* offsets)
    {
        int bytes = (channels + GroupCodes - 1) / GroupCodes * GroupBytes;
        for (int i = 0; i < count; i++, codes += Block)
        {
            byte* pixel = target + offsets[i];
            switch (channels)
            {
                case Block:
                    Vector512.Load(codes).Store(pixel);
                    break;
                case Block / 2:
                    Vector256.Load(codes).Store(pixel);
                    break;
                case Block / 4:
                    Vector128.Load(codes).Store(pixel);
                    break;
                default:
                    new ReadOnlySpan<byte>(codes, channels).CopyTo(new Span<byte>(pixel, bytes));
                    new Span<byte>(pixel + channels, bytes - channels).Clear();
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int bytes = Groups(channels) * GroupBytes, i = 0;
        if (bytes == Vector128<byte>.Count && Avx512BW.IsSupported)
        {
            for (; i <= count - 4; i += 4, pixels += Block)
            {
                var halves = Avx512BW.SumAbsoluteDifferences(Vector512.Load(pixels), Vector512<byte>.Zero).AsUInt64();
                halves += Avx512BW.ShiftRightLogical128BitLane(halves.AsByte(), sizeof(ulong)).AsUInt64();
                var (low, high) = (halves.GetLower(), halves.GetUpper());
                Vector128.Create((int)low[0], (int)low[2], (int)high[0], (int)high[2]).Store(sums + i);
            }
        }

        for (; i < count; i++, pixels += bytes)
        {
            int sum = 0, c = 0;
            if (Avx512BW.IsSupported && bytes >= Block)
            {
                var total = Vector512<ulong>.Zero;
                for (; c <= bytes - Block; c += Block)
                {
                    total += Avx512BW.SumAbsoluteDifferences(Vector512.Load(pixels + c), Vector512<byte>.Zero).AsUInt64();
                }

                sum = (int)Vector512.Sum(total);
            }

            for (; Sse2.IsSupported && c <= bytes - Vector128<byte>.Count; c += Vector128<byte>.Count)
            {
                sum += (int)Vector128.Sum(Sse2.SumAbsoluteDifferences(Vector128.Load(pixels + c), Vector128<byte>.Zero).AsUInt64());
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
