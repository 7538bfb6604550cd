using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Codes of up to two bits for kernels that look products up: a group of three codes is the number of a table of 64 bytes, stored as its offset
/// in bytes. Triple g of a block with G triples holds the channels g, g + G and g + 2G, so packing is a few shuffles and shifts. A group is one triple or two.
/// </summary>
internal sealed unsafe class LookupLayout : PackedLayout
{
    private const int CodeBits = 2, Triple = 3, FullBlock = (Block + 2) / 3, Shift = 6; // log₂ of the bytes of a table

    private static readonly byte[] Sums = [.. Enumerable.Range(0, 64).Select(v => (byte)((v & 3) + (v >> 2 & 3) + (v >> 4)))];

    private readonly int triples; // of a group

    private LookupLayout(int triples) => this.triples = triples;

    /// <summary>Groups of three codes.</summary>
    public static LookupLayout Triples { get; } = new(1);

    /// <summary>Groups of six codes.</summary>
    public static LookupLayout Sextuples { get; } = new(2);

    public override int GroupCodes => triples * Triple;

    public override int GroupBytes => triples * sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(byte* codes, int step, int count, int channels, byte* target, int* offsets)
    {
        int groups = triples * BlockGroups(channels);
        for (int i = 0; i < count; i++, codes += step)
        {
            ushort* pixel = (ushort*)(target + offsets[i]);
            if (!Avx512Vbmi.IsSupported)
            {
                PackPlainly(codes, channels, groups, pixel);
            }
            else if (channels == Block)
            {
                PackTriples(Vector512.Load(codes), FullBlock, pixel); // Its shuffles are constants.
            }
            else
            {
                PackTriples(Load(codes, channels), groups, pixel);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Sum(byte* pixels, int count, int channels, int* sums)
    {
        int groups = triples * Groups(channels), bytes = groups * sizeof(ushort), i = 0;
        if (!Avx512Vbmi.IsSupported)
        {
            for (; i < count; i++, pixels += bytes)
            {
                sums[i] = SumPlainly((ushort*)pixels, groups);
            }

            return;
        }

        var table = Vector512.Create(Sums);
        var whole = Vector512<ushort>.AllBitsSet;
        var rest = Vector512.LessThan(Vector512<ushort>.Indices, Vector512.Create((ushort)((groups - 1) % Vector512<ushort>.Count + 1)));
        for (; i <= count - 8; i += 8, pixels += 8 * bytes)
        {
            Vector512<ulong> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            byte* some = pixels;
            for (int g = 0; g < groups; g += Vector512<ushort>.Count, some += Vector512<byte>.Count)
            {
                var inside = g + Vector512<ushort>.Count < groups ? whole : rest;
                s0 += SumEights(some, inside, table);
                s1 += SumEights(some + bytes, inside, table);
                s2 += SumEights(some + 2 * bytes, inside, table);
                s3 += SumEights(some + 3 * bytes, inside, table);
                s4 += SumEights(some + 4 * bytes, inside, table);
                s5 += SumEights(some + 5 * bytes, inside, table);
                s6 += SumEights(some + 6 * bytes, inside, table);
                s7 += SumEights(some + 7 * bytes, inside, table);
            }

            PixelSums.OfVectors(s0, s1, s2, s3, s4, s5, s6, s7).Store(sums + i);
        }

        for (; i < count; i++, pixels += bytes)
        {
            var total = Vector512<ulong>.Zero;
            for (int g = 0; g < groups; g += Vector512<ushort>.Count)
            {
                var inside = g + Vector512<ushort>.Count < groups ? whole : rest;
                total += SumEights(pixels + g * sizeof(ushort), inside, table);
            }

            sums[i] = (int)Vector512.Sum(total);
        }
    }

    protected override (int Group, int Index) PositionInBlock(int channel, int channels)
    {
        int all = triples * BlockGroups(channels), triple = channel % all;
        return (triple / triples, (triple % triples * Triple) + channel / all);
    }

    /// <summary>The sums of four groups each; reading beyond a pixel is allowed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> SumEights(byte* groups, Vector512<ushort> inside, Vector512<byte> table)
    {
        var numbers = (Vector512.Load((ushort*)groups) & inside) >>> Shift;
        return Avx512BW.SumAbsoluteDifferences(Avx512Vbmi.PermuteVar64x8(table, numbers.AsByte()), Vector512<byte>.Zero).AsUInt64();
    }

    private static int SumPlainly(ushort* groups, int count)
    {
        int sum = 0;
        for (int g = 0; g < count; g++)
        {
            sum += Sums[groups[g] >> Shift];
        }

        return sum;
    }

    private static void PackPlainly(byte* codes, int channels, int groups, ushort* target)
    {
        for (int g = 0; g < groups; g++)
        {
            int value = 0;
            for (int i = 0, c = g; i < Triple && c < channels; i++, c += groups)
            {
                value |= codes[c] << (CodeBits * i);
            }

            target[g] = (ushort)(value << Shift);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackTriples(Vector512<byte> codes, int groups, ushort* target)
    {
        var step = Vector512.Create((byte)groups);
        var second = Avx512Vbmi.PermuteVar64x8(codes, Vector512<byte>.Indices + step);
        var place = Vector512<byte>.Indices + step + step;
        var third = Avx512Vbmi.PermuteVar64x8(codes, place) & Vector512.LessThan(place, Vector512.Create((byte)Block)); // Not round the end.
        var triples = codes | (second.AsUInt16() << CodeBits).AsByte() | (third.AsUInt16() << (2 * CodeBits)).AsByte();
        var (words, _) = Vector512.Widen(triples);
        Avx512BW.MaskStore(target, Vector512.LessThan(Vector512<ushort>.Indices, Vector512.Create((ushort)groups)), words << Shift);
    }
}
