using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Tests;

/// <summary>Packing pixels, one by one or many at once, and the sums of their codes.</summary>
public unsafe class PackedLayoutTests
{
    private const int Block = PackedLayout.Block, Slack = 64;

    private static readonly (PackedLayout Layout, int Bits)[] Layouts =
    [
        (ByteLayout.Instance, 8), (BitLayout.Instance, 1), (NibbleLayout.Instance, 2), (LookupLayout.Triples, 2), (LookupLayout.Sextuples, 2), (new VectorLayout(4, 128), 8),
        .. Avx512Vbmi.IsSupported ? [(PairLayout.Instance, 4)] : Array.Empty<(PackedLayout, int)>(),
    ];

    [Fact]
    public void SumsAreThoseOfTheCodes()
    {
        foreach (var (layout, bits) in Layouts)
        {
            for (int seed = 0; seed < 300; seed++)
            {
                var random = new Random(seed);
                int channels = (seed % 3) switch { 0 => 16 << (seed / 3 % 4), 1 => Block, _ => random.Next(1, 200) }, count = layout is VectorLayout ? 1 : random.Next(1, 50);
                byte[] codes = new byte[count * channels];
                random.NextBytes(codes);
                codes = [.. codes.Select(c => (byte)(c >> (8 - bits)))];
                byte[] pixels = Pack(layout, codes, count, channels, Block);
                int[] sums = new int[count + Slack];
                fixed (byte* first = pixels)
                {
                    fixed (int* target = sums)
                    {
                        layout.Sum(first, count, channels, target);
                    }
                }

                Assert.Equal(Enumerable.Range(0, count).Select(i => codes.Skip(i * channels).Take(channels).Sum(c => c)), sums.Take(count));
                Assert.All(sums.Skip(count), s => Assert.Equal(0, s));
                foreach (int step in new[] { 16, 32 }.Where(s => channels <= s))
                {
                    Assert.Equal(pixels, Pack(layout, codes, count, channels, step));
                }
            }
        }
    }

    /// <summary>Packs with so many codes from one pixel to the next, and with codes between that must not matter.</summary>
    private static byte[] Pack(PackedLayout layout, byte[] codes, int count, int channels, int step)
    {
        int pixelBytes = layout.Groups(channels) * layout.GroupBytes, blockBytes = layout.BlockGroups(Block) * layout.GroupBytes;
        int[] offsets = [.. Enumerable.Range(0, count).Select(i => i * pixelBytes)];
        byte[] pixels = new byte[count * pixelBytes + Slack];
        byte[] block = new byte[count * step + Block];
        for (int first = 0; first < channels; first += Block)
        {
            int part = Math.Min(Block, channels - first);
            Array.Fill(block, (byte)1);
            for (int i = 0; i < count; i++)
            {
                Array.Copy(codes, i * channels + first, block, i * step, part);
            }

            fixed (byte* source = block, target = pixels)
            {
                fixed (int* offset = offsets)
                {
                    layout.Pack(source, step, count, part, target + first / Block * blockBytes, offset);
                }
            }
        }

        return layout is VectorLayout ? pixels : [.. pixels.Take(count * pixelBytes), .. new byte[Slack]];
    }
}
