using CsCheck;

namespace BitAnneal.Graphs.Tests;

public class SeededRandomTests
{
    /// <summary>Computed by an independent implementation of xoshiro256** and SplitMix64.</summary>
    [Theory]
    [InlineData(0UL, 0x99ec5f36cb75f2b4UL, 0xbf6e1f784956452aUL, 0x1a5f849d4933e6e0UL, 0x6aa594f1262d2d2cUL)]
    [InlineData(1UL, 0xb3f2af6d0fc710c5UL, 0x853b559647364ceaUL, 0x92f89756082a4514UL, 0x642e1c7bc266a3a7UL)]
    [InlineData(42UL, 0x15780b2e0c2ec716UL, 0x6104d9866d113a7eUL, 0xae17533239e499a1UL, 0xecb8ad4703b360a1UL)]
    [InlineData(ulong.MaxValue, 0x8f5520d52a7ead08UL, 0xc476a018caa1802dUL, 0x81de31c0d260469eUL, 0xbf658d7e065f3c2fUL)]
    public void BitsAreThoseOfTheReference(ulong seed, params ulong[] expected)
    {
        var random = new SeededRandom(seed);
        Assert.Equal(expected, expected.Select(_ => random.NextBits()));
    }

    [Fact]
    public void NumbersAreThoseOfTheReference()
    {
        var stream = SeededRandom.ForStream(7, 3);
        Assert.Equal([0xe92133e8007b7cf8, 0x3ce15c55c385386e, 0x021f463b7b0dceaf], Enumerable.Range(0, 3).Select(_ => stream.NextBits()));
        var random = new SeededRandom(42);
        Assert.Equal([0.08386297105988216, 0.3789802506626686, 0.6800434110281394], Enumerable.Range(0, 3).Select(_ => random.NextDouble()));
        random = new SeededRandom(42);
        Assert.Equal([0, 3, 6, 9, 9, 7, 7, 8, 7, 5, 6, 2], Enumerable.Range(0, 12).Select(_ => random.Next(10)));
    }

    [Fact]
    public void TheSameSeedAndStreamGiveTheSameNumbers() => Gen.Select(Gen.ULong, Gen.ULong).Sample((seed, stream) =>
    {
        SeededRandom a = SeededRandom.ForStream(seed, stream), b = SeededRandom.ForStream(seed, stream), other = SeededRandom.ForStream(seed, stream + 1);
        ulong[] drawn = [a.NextBits(), a.NextBits()];
        return drawn[0] == b.NextBits() && drawn[1] == b.NextBits() && drawn[0] != other.NextBits();
    });

    [Fact]
    public void ShufflingKeepsEveryItem() => Gen.Select(Gen.ULong, Gen.Int.Array[0, 100]).Sample((seed, items) =>
    {
        int[] shuffled = [.. items];
        new SeededRandom(seed).Shuffle<int>(shuffled);
        return items.Order().SequenceEqual(shuffled.Order());
    });

    [Fact]
    public void EveryOrderOfThreeIsEquallyLikely()
    {
        var counts = new Dictionary<string, int>();
        var random = new SeededRandom(1);
        for (int i = 0; i < 60_000; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle<char>(items);
            counts[new string(items)] = counts.GetValueOrDefault(new string(items)) + 1;
        }

        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 9_600, 10_400));
    }

    [Fact]
    public void NumbersStayInTheirRange() => Gen.Select(Gen.ULong, Gen.Int[1, int.MaxValue]).Sample((seed, max) =>
    {
        var random = new SeededRandom(seed);
        double real = random.NextDouble(), between = random.NextDouble(-3, 5);
        return random.Next(max) is var n && n >= 0 && n < max && real is >= 0 and < 1 && between is >= -3 and < 5 && double.IsFinite(random.NextGaussian());
    });

    [Fact]
    public void GaussiansHaveMeanZeroAndDeviationOne()
    {
        var random = new SeededRandom(3);
        double[] drawn = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextGaussian())];
        Assert.InRange(drawn.Average(), -0.015, 0.015);
        Assert.InRange(drawn.Average(v => v * v), 0.98, 1.02);
        Assert.InRange(drawn.Count(v => Math.Abs(v) < 1) / 100_000.0, 0.6727, 0.6927);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void ARangeWithoutNumbersIsRefused(int max) => Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).Next(max));
}
