using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Planning;

/// <summary>Codes of up to 8 bits, a byte each, in groups of four.</summary>
internal sealed unsafe class ByteLayout : PackedLayout
{
    private const int GroupOfFour = 4;

    private ByteLayout()
    {
    }

    /// <summary>The only one.</summary>
    public static ByteLayout Instance { get; } = new();

    public override int GroupCodes => GroupOfFour;

    public override int GroupBytes => GroupOfFour;

    public override int SliceChannels => GroupCodes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        switch (channels)
        {
            case Block:
                for (int i = 0; i < count; i++)
                {
                    Vector512.Load(codes + (nint)i * step).Store(target + offsets[i]);
                }

                break;
            case Block / 2:
                for (int i = 0; i < count; i++)
                {
                    Vector256.Load(codes + (nint)i * step).Store(target + offsets[i]);
                }

                break;
            case Block / 4:
                PackQuarters(codes, step, count, target, offsets);
                break;
            default:
                PackPlainly(codes, step, count, channels, target, offsets);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int bytes = Groups(channels) * GroupBytes, i = 0;
        if (Avx512BW.IsSupported && bytes is GroupOfFour or Block / 4 or Block / 2)
        {
            for (; i <= count - 16; i += 16, pixels += 16 * bytes)
            {
                (bytes == GroupOfFour ? PixelSums.OfFours(pixels) : bytes == Block / 4 ? PixelSums.OfQuarters(pixels) : PixelSums.OfHalves(pixels)).Store(sums + i);
            }
        }

        if (Avx512BW.IsSupported)
        {
            int whole = bytes / Block * Block;
            var rest = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)(bytes - whole)));
            for (; i <= count - 8; i += 8, pixels += 8 * bytes)
            {
                byte* half = pixels + 4 * bytes;
                PixelSums.OfVectors(
                    Partial(pixels, whole, rest), Partial(pixels + bytes, whole, rest), Partial(pixels + 2 * bytes, whole, rest), Partial(pixels + 3 * bytes, whole, rest),
                    Partial(half, whole, rest), Partial(half + bytes, whole, rest), Partial(half + 2 * bytes, whole, rest), Partial(half + 3 * bytes, whole, rest)).Store(sums + i);
            }

            for (; i < count; i++, pixels += bytes)
            {
                sums[i] = (int)Vector512.Sum(Partial(pixels, whole, rest));
            }
        }

        for (; i < count; i++, pixels += bytes)
        {
            int sum = 0, c = 0;
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

    /// <summary>Eight sums that make up the sum of a pixel.</summary>
    /// <param name="pixel">May be read up to a block beyond its whole blocks.</param>
    /// <param name="whole">Bytes of its whole blocks.</param>
    /// <param name="rest">The bytes behind them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Partial(byte* pixel, int whole, Vector512<byte> rest)
    {
        var total = Avx512BW.SumAbsoluteDifferences(Vector512.Load(pixel + whole) & rest, Vector512<byte>.Zero).AsUInt64();
        for (int c = 0; c < whole; c += Block)
        {
            total += Avx512BW.SumAbsoluteDifferences(Vector512.Load(pixel + c), Vector512<byte>.Zero).AsUInt64();
        }

        return total;
    }

    /// <summary>16 channels: four pixels at once where they are neighbours in <paramref name="codes"/> and in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackQuarters(byte* codes, int step, int count, byte* target, int* offsets)
    {
        const int Bytes = Block / 4;
        for (int i = 0; i < count;)
        {
            if (step == Bytes && i <= count - 4 && offsets[i + 3] - offsets[i] == 3 * Bytes)
            {
                Vector512.Load(codes + (nint)i * step).Store(target + offsets[i]);
                i += 4;
            }
            else
            {
                Vector128.Load(codes + (nint)i * step).Store(target + offsets[i]);
                i++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackPlainly(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        int bytes = (channels + 3) / 4 * 4;
        var inside = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)bytes));
        for (int i = 0; i < count; i++, codes += step)
        {
            byte* pixel = target + offsets[i];
            if (Avx512BW.IsSupported)
            {
                Avx512BW.MaskStore(pixel, inside, Load(codes, channels));
                continue;
            }

            new ReadOnlySpan<byte>(codes, channels).CopyTo(new Span<byte>(pixel, bytes));
            new Span<byte>(pixel + channels, bytes - channels).Clear();
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels) => (channel / GroupCodes, channel % GroupCodes);
}
