using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Codes of up to four bits for kernels that look products of pairs up: a group of six codes is three bytes of two codes each, and a fourth that is 0. Group g
/// of a block with G groups holds the channels g, g + G … g + 5G. AVX-512 VBMI only.
/// </summary>
internal sealed unsafe class PairLayout : PackedLayout
{
    private const int CodeBits = 4, Codes = 6;

    private PairLayout()
    {
    }

    /// <summary>The only one.</summary>
    public static PairLayout Instance { get; } = new();

    public override int GroupCodes => Codes;

    public override int GroupBytes => sizeof(int);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        int groups = BlockGroups(channels);
        var (low, high) = (Places(0, groups), Places(groups, groups));
        Vector512<byte> hasLow = Vector512.LessThan(low, Vector512.Create((byte)Block)), hasHigh = Vector512.LessThan(high, Vector512.Create((byte)Block));
        var bytes = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)(groups * sizeof(int))));
        for (int i = 0; i < count; i++, codes += step)
        {
            var pixel = Load(codes, channels);
            var upper = Avx512Vbmi.PermuteVar64x8(pixel, high) & hasHigh;
            var pairs = (Avx512Vbmi.PermuteVar64x8(pixel, low) & hasLow) | (upper.AsUInt16() << CodeBits).AsByte();
            Avx512BW.MaskStore(target + offsets[i], bytes, pairs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int bytes = Groups(channels) * sizeof(int);
        var nibble = Vector512.Create((byte)((1 << CodeBits) - 1));
        var rest = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)((bytes - 1) % Vector512<byte>.Count + 1)));
        for (int i = 0; i < count; i++, pixels += bytes)
        {
            var total = Vector512<ulong>.Zero;
            for (int b = 0; b < bytes; b += Vector512<byte>.Count)
            {
                var pairs = Vector512.Load(pixels + b); // Reading beyond a pixel is allowed.
                pairs = b + Vector512<byte>.Count < bytes ? pairs : pairs & rest;
                var codes = (pairs & nibble) + ((pairs.AsUInt16() >>> CodeBits).AsByte() & nibble);
                total += Avx512BW.SumAbsoluteDifferences(codes, Vector512<byte>.Zero).AsUInt64();
            }

            sums[i] = (int)Vector512.Sum(total);
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels)
    {
        int groups = BlockGroups(channels);
        return (channel % groups, channel / groups);
    }

    /// <summary>For every byte of packed groups the channel of its lower code, counted from a first one; 64 or more for none.</summary>
    private static Vector512<byte> Places(int first, int groups)
    {
        const uint None = 128;
        var offsets = Vector512.Create((uint)(first | (first + 2 * groups) << 8 | (first + 4 * groups) << 16) | None << 24).AsByte();
        var group = (Vector512<byte>.Indices.AsUInt16() >>> 2).AsByte() & Vector512.Create((byte)15);
        return offsets + group;
    }
}
