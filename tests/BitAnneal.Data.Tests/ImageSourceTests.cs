using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public class ImageSourceTests
{
    private static readonly Grid Grid = new(0, 255, [0.01f, 0.011f, 0.012f], [-1.2f, -1.3f, -1.4f]);

    /// <summary>The bits that every training so far has seen: a change here makes old runs irreproducible.</summary>
    [Fact]
    public void BatchesOfByteImagesKeepTheirBits()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var batch in new BatchLoader(SyntheticImages.Create(3, 150, 10).Train, Grid, 32, Augmentation.Cifar, 5).Read(3, 1))
        {
            using (batch)
            {
                hash.AppendData(MemoryMarshal.AsBytes(batch.Pixels));
                hash.AppendData(MemoryMarshal.AsBytes(batch.Labels.AsSpan()));
            }
        }

        Assert.StartsWith("4800C5759AED1A27F621C0F26EDDDC16ED193A74D", Convert.ToHexString(hash.GetHashAndReset()), StringComparison.Ordinal);
    }

    [Fact]
    public void TheWholePictureAsACropChangesNothing()
    {
        var images = SyntheticImages.Create(3, 40, 10).Train;
        var whole = new Augmentation(0, false) { Crop = new RandomResizedCrop(1, 1, 1, 1) };
        using Batch plain = new BatchLoader(images, Grid, 40, null, 5).Read(0).Single(), cropped = new BatchLoader(images, Grid, 40, whole, 5).Read(0).Single();
        Assert.True(plain.Pixels.SequenceEqual(cropped.Pixels));
    }

    [Fact]
    public void LeavingAnEpochEarlyAndReadingTwiceAtOnceIsFine()
    {
        var loader = new BatchLoader(SyntheticImages.Create(3, 150, 10).Train, Grid, 8, Augmentation.Cifar, 5);
        int[] indices = [.. loader.Read(0).Zip(loader.Read(0, 3)).Take(4).Select(p =>
        {
            using (p.First)
            using (p.Second)
            {
                return 100 * p.First.Index + p.Second.Index;
            }
        })];
        Assert.Equal([3, 104, 205, 306], indices);
    }

    [Fact]
    public void CropsHaveTheAreaAndRatioThatWereAskedFor()
    {
        var crop = new RandomResizedCrop();
        var random = new SeededRandom(1);
        double area = 0;
        const int Draws = 4000;
        for (int i = 0; i < Draws; i++)
        {
            var region = crop.Draw(random, 300, 400);
            Assert.True(region is { Top: >= 0, Left: >= 0 } && region.Top + region.Height <= 300 && region.Left + region.Width <= 400);
            Assert.InRange((double)region.Width / region.Height, 0.74, 1.35);
            area += region.Width * region.Height / 120_000.0;
        }

        Assert.InRange(area / Draws, 0.42, 0.45); // 0.54, less what is lost because large areas seldom fit: about 0.43.
        Assert.Equal(new Region(0, 493, 10, 13), crop.Draw(random, 10, 1000));
        Assert.Equal(new Region(493, 0, 13, 10), crop.Draw(random, 1000, 10));
        Assert.Equal(new Region(0, 0, 1, 1), crop.Draw(random, 1, 1));
    }

    /// <summary>Expected: Pillow 9.4, crop((2, 1, 12, 8)).resize((4, 4), BILINEAR). Pillow rounds twice.</summary>
    [Fact]
    public void ScalingARegionLooksAtNothingOutsideOfIt()
    {
        byte[] expected =
        [
            130, 99, 143, 121, 96, 130, 128, 144, 144, 117, 127, 121, 116, 119, 134, 100, 93, 128, 121, 105, 140, 107, 117, 108,
            138, 132, 116, 130, 123, 104, 130, 106, 125, 122, 104, 144, 138, 120, 147, 122, 109, 108, 139, 134, 122, 135, 129, 124,
        ];
        byte[] planar = new byte[3 * 9 * 13], actual = new byte[48];
        for (int i = 0; i < planar.Length; i++)
        {
            planar[i] = TestImages.Pattern(i / 117, i % 117 / 13, i % 13);
        }

        Resampler.Scale(new Picture(planar, 3, 9, 13, interleaved: false), new Region(1, 2, 7, 10), 4, 4, new Region(0, 0, 4, 4), actual);
        Assert.All(expected.Zip(actual), p => Assert.InRange(p.Second, p.First - 1, p.First + 1));
    }

    [Fact]
    public void JitterChangesBrightnessContrastAndSaturation()
    {
        byte[] Changed(ColourJitter jitter, int channels = 3)
        {
            byte[] image = [200, 100, 60, 80, 40, 120];
            jitter.Apply(image, channels, new SeededRandom(7));
            return image;
        }

        byte[] same = Changed(new ColourJitter(0, 0, 0)), brighter = Changed(new ColourJitter(0.5, 0, 0)), grey = Changed(new ColourJitter(0, 0, 0.5)), flat = Changed(new ColourJitter(0, 0.5, 0));
        Assert.Equal([200, 100, 60, 80, 40, 120], same);
        double factor = brighter[5] / 120.0;
        Assert.All(same.Zip(brighter), p => Assert.InRange(p.Second, Math.Min(255, p.First * factor - 1), Math.Min(255, p.First * factor + 1)));
        Assert.Equal(Luma(same, 0), Luma(grey, 0), 1.0);
        Assert.Equal((Luma(same, 0) + Luma(same, 1)) / 2, (Luma(flat, 0) + Luma(flat, 1)) / 2, 1.0);
        Assert.True(!same.SequenceEqual(grey) && !same.SequenceEqual(flat) && !same.SequenceEqual(brighter));
        Assert.Equal(same, Changed(new ColourJitter(0, 0, 0.5), channels: 1));
    }

    private static double Luma(byte[] image, int pixel) => 0.299 * image[pixel] + 0.587 * image[2 + pixel] + 0.114 * image[4 + pixel];
}
