using System.Security.Cryptography;
using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public class SyntheticImagesTests
{
    private static readonly (ImageSet Train, ImageSet Test) Some = Draw(1, 200, 100);

    [Fact]
    public void TheBytesAreTheSameOnEveryMachine()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var set in new[] { Some.Train, Some.Test })
        {
            hash.AppendData(set.Pixels.Span);
            hash.AppendData(set.Labels.Span);
        }

        Assert.Equal("fc6f9b32e8e601f34ecd0708e980d2a4e6945cb4dc0598719b3f06cbee82d850", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void EveryClassIsEquallyFrequent()
    {
        Assert.Equal(Enumerable.Repeat(20, 10), Some.Train.Labels.ToArray().CountBy(l => l).OrderBy(c => c.Key).Select(c => c.Value));
        Assert.Equal(Enumerable.Repeat(10, 10), Some.Test.Labels.ToArray().CountBy(l => l).OrderBy(c => c.Key).Select(c => c.Value));
    }

    [Fact]
    public void NoTwoImagesAreTheSame()
    {
        string[] images = [.. Enumerable.Range(0, 200).Select(i => Convert.ToHexString(Some.Train.Image(i))), .. Enumerable.Range(0, 100).Select(i => Convert.ToHexString(Some.Test.Image(i)))];
        Assert.Equal(300, images.Distinct().Count());
    }

    [Fact]
    public void ASmallerSetIsThePrefixOfALargerOne()
    {
        var small = Draw(1, 37, 13);
        Assert.True(small.Train.Pixels.Span.SequenceEqual(((ImageSet)Some.Train.Take(37)).Pixels.Span));
        Assert.True(small.Test.Pixels.Span.SequenceEqual(((ImageSet)Some.Test.Take(13)).Pixels.Span));
        Assert.True(small.Train.Labels.Span.SequenceEqual(((ImageSet)Some.Train.Take(37)).Labels.Span));
    }

    [Fact]
    public void AnotherSeedGivesOtherImagesOfTheSameClasses()
    {
        var other = Draw(2, 200, 100);
        Assert.True(other.Train.Labels.Span.SequenceEqual(Some.Train.Labels.Span));
        Assert.All(Enumerable.Range(0, 200), i => Assert.False(other.Train.Image(i).SequenceEqual(Some.Train.Image(i))));
    }

    [Fact]
    public void ImagesUseTheRangeOfTheirBytes()
    {
        byte[] pixels = Some.Train.Pixels.ToArray();
        Assert.InRange(pixels.Average(p => p), 100, 155);
        Assert.InRange(pixels.Count(p => p is 0 or 255) / (double)pixels.Length, 0, 0.02);
        Assert.Equal(new TensorShape(3, 32, 32), Some.Train.Shape);
    }

    private static (ImageSet Train, ImageSet Test) Draw(ulong seed, int trainCount, int testCount)
    {
        var drawn = SyntheticImages.Create(seed, trainCount, testCount);
        return ((ImageSet)drawn.Train, (ImageSet)drawn.Test);
    }
}
