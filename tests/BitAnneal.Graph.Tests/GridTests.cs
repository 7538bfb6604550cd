using BitAnneal.Tests;
using CsCheck;

namespace BitAnneal.Graphs.Tests;

public class GridTests
{
    [Fact]
    public void EveryCodeComesBackFromItsValue()
    {
        var widths = new HashSet<int>();
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var random = new SeededRandom(seed);
            int channels = 1 + random.Next(3);
            var grid = RandomGraphs.RandomGrid(random, channels);
            widths.Add(grid.Bits);
            for (int channel = 0; channel < channels; channel++)
            {
                for (int code = grid.MinCode; code <= grid.MaxCode; code++)
                {
                    Assert.Equal(code, grid.Quantize(grid.Dequantize(code, channel), channel));
                }
            }
        }

        Assert.Equal(Enumerable.Range(1, 8), widths.Order());
    }

    [Fact]
    public void NoOtherCodeIsNearer() =>
        Gen.Select(Gen.Int[1, 8], Gen.Float[0.01f, 2f], Gen.Float[-5f, 5f], Gen.Float[-300f, 300f]).Sample((bits, scale, offset, value) =>
        {
            var grid = Grid.Uniform(bits, scale, offset);
            double Distance(int code) => Math.Abs(value - ((double)scale * code + offset));
            double chosen = Distance(grid.Quantize(value));
            return Enumerable.Range(0, grid.LevelCount).All(code => chosen <= Distance(code) + 1e-9);
        });

    [Theory]
    [InlineData(0.5f, 0)]
    [InlineData(1.5f, 2)]
    [InlineData(2.5f, 2)]
    [InlineData(3.5f, 4)]
    public void TiesGoToTheEvenCode(float value, int code)
    {
        Assert.Equal(code, Grid.Uniform(8, 1, 0).Quantize(value));
        Assert.Equal(code, Grid.Uniform(8, 0.25f, -3).Quantize(0.25f * value - 3));
        Assert.Equal(-code, new Grid(-8, 7, [1f], [0f]).Quantize(-value));
    }

    [Theory]
    [InlineData(float.NaN, -8)]
    [InlineData(float.NegativeInfinity, -8)]
    [InlineData(float.PositiveInfinity, 7)]
    [InlineData(float.MaxValue, 7)]
    [InlineData(float.MinValue, -8)]
    [InlineData(7.49f, 7)]
    [InlineData(-8.6f, -8)]
    [InlineData(-0f, 0)]
    [InlineData(float.Epsilon, 0)]
    public void ValuesOutsideAreClampedAndNaNIsTheSmallestCode(float value, int code) => Assert.Equal(code, new Grid(-8, 7, [1f], [0f]).Quantize(value));

    [Fact]
    public void TheTwoBitGridOfTheDocumentationHasItsFourValues()
    {
        var grid = Grid.Uniform(2, 1, -1);
        Assert.Equal([-1f, 0f, 1f, 2f], Enumerable.Range(0, 4).Select(c => grid.Dequantize(c)));
        Assert.Equal("2 bit [0..3], scale 1, offset -1", grid.ToString());
        Assert.Equal("4 bit [-8..7], 2 channels", new Grid(-8, 7, [1, 2], [0, 0]).ToString());
    }

    [Fact]
    public void EveryChannelHasItsOwnScaleAndOffset()
    {
        var grid = new Grid(0, 3, [1f, 0.5f], [0f, 10f]);
        Assert.True(grid.IsPerChannel);
        Assert.Equal((2f, 11f), (grid.Dequantize(2, 0), grid.Dequantize(2, 1)));
        Assert.Equal((3, 0), (grid.Quantize(9, 0), grid.Quantize(9, 1)));
        Assert.Equal(2f, Grid.Uniform(2, 1, 0).Dequantize(2, 77));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 2)]
    [InlineData(-129, 0)]
    [InlineData(0, 256)]
    [InlineData(-1, 255)]
    [InlineData(int.MinValue, int.MaxValue)]
    public void CodesThatDoNotFitEightBitsAreRefused(int min, int max) => Assert.Throws<ArgumentException>(() => new Grid(min, max, [1f], [0f]));

    [Theory]
    [InlineData(0f, 0f)]
    [InlineData(-1f, 0f)]
    [InlineData(float.NaN, 0f)]
    [InlineData(float.PositiveInfinity, 0f)]
    [InlineData(1f, float.NaN)]
    [InlineData(1f, float.NegativeInfinity)]
    public void ScalesMustBePositiveAndOffsetsFinite(float scale, float offset) =>
        Assert.Contains("channel 1", Assert.Throws<ArgumentException>(() => new Grid(0, 1, [1f, scale], [0f, offset])).Message, StringComparison.Ordinal);

    [Fact]
    public void ScalesAndOffsetsMustBeEquallyMany()
    {
        Assert.Throws<ArgumentException>(() => new Grid(0, 1, [], []));
        Assert.Throws<ArgumentException>(() => new Grid(0, 1, [1f, 1f], [0f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Grid.LastCode(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Grid.Uniform(9, 1, 0));
    }

    [Fact]
    public void BitsCountTheCodes()
    {
        Assert.Equal([1, 2, 2, 3, 3, 8, 8], new[] { 1, 2, 3, 4, 7, 128, 255 }.Select(max => new Grid(0, max, [1f], [0f]).Bits));
        Assert.Equal(8, new Grid(-128, 127, [1f], [0f]).Bits);
    }

    [Fact]
    public void GridsAreEqualWhenEveryNumberIs()
    {
        var grid = new Grid(0, 3, [1f, 2f], [0f, 1f]);
        var same = new Grid(0, 3, [1f, 2f], [0f, 1f]);
        Assert.Equal(grid, same);
        Assert.Equal(grid.GetHashCode(), same.GetHashCode());
        Grid[] others = [new(-1, 2, [1f, 2f], [0f, 1f]), new(0, 2, [1f, 2f], [0f, 1f]), new(0, 3, [1f, 3f], [0f, 1f]), new(0, 3, [1f, 2f], [0f, 2f]), new(0, 3, [1f], [0f])];
        Assert.All(others, other => Assert.NotEqual(grid, other));
    }
}
