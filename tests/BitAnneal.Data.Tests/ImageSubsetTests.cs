using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public sealed class ImageSubsetTests
{
    /// <summary>Sorted by class, as many files are: 6 of class 0, 6 of class 1, 2 of class 2. A pixel is its image's number.</summary>
    private static readonly ImageSet Sorted = new(
        new TensorShape(1, 1, 1), 3, Enumerable.Range(0, 14).Select(i => (byte)i).ToArray(), Enumerable.Range(0, 14).Select(i => (byte)(i / 6)).ToArray());

    [Theory]
    [InlineData(6, 2, 2, 2)]
    [InlineData(10, 4, 4, 2)]
    [InlineData(13, 6, 6, 2)]
    public void EveryClassGivesAlikeAsFarAsItReaches(int count, params int[] expected)
    {
        var drawn = ImageSubset.Draw(Sorted, count, 1);
        int[] counts = [.. Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, drawn.Count).Count(i => drawn.Label(i) == c))];
        Assert.Equal(count, drawn.Count);
        Assert.All(counts.Zip(expected), p => Assert.InRange(p.First, p.Second - 1, p.Second));
        Assert.All(Enumerable.Range(0, drawn.Count), i => Assert.Equal(drawn.Label(i), Math.Min(2, drawn.Image(i)[0] / 6)));
    }

    [Fact]
    public void TheSeedDraws()
    {
        Assert.Equal(Pixels(ImageSubset.Draw(Sorted, 6, 1)), Pixels(ImageSubset.Draw(Sorted, 6, 1)));
        Assert.Contains(Enumerable.Range(2, 9), seed => !Pixels(ImageSubset.Draw(Sorted, 6, 1)).SequenceEqual(Pixels(ImageSubset.Draw(Sorted, 6, (ulong)seed))));
        Assert.Same(Sorted, ImageSubset.Draw(Sorted, 14, 1));
        Assert.Equal(Pixels(ImageSubset.Draw(Sorted, 6, 1))[..4], Pixels(ImageSubset.Draw(Sorted, 6, 1).Take(4)));
    }

    private static byte[] Pixels(IImageSource images) => [.. Enumerable.Range(0, images.Count).Select(i => images.Image(i)[0])];
}
