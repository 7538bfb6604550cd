using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class QuantizedTensorTests
{
    private static readonly Grid Signed = new(-2, 1, [0.5f, 2f], [0f, 1f]);

    [Fact]
    public void ValuesAreScaleTimesCodePlusOffsetOfTheirChannel()
    {
        var tensor = QuantizedTensor.FromCodes(new TensorShape(2, 2, 2), Signed, [-2, -1, 0, 1, -2, -1, 0, 1]);
        Assert.Equal([-1f, -0.5f, 0f, 0.5f, -3f, -1f, 1f, 3f], tensor.ToFloats());
        Assert.Equal(-1, tensor.Code(5));
        Assert.Equal(1, tensor.Codes[5]);
        Assert.Equal(4, tensor.ChannelStride);
        Assert.Equal(2 + 2 * 2 * sizeof(float), tensor.ByteCount);
    }

    [Fact]
    public void CodesComeBackOnRandomGrids()
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            var random = new SeededRandom(seed);
            var shape = new TensorShape(1 + random.Next(4), 1 + random.Next(5), 1 + random.Next(3));
            var grid = RandomGraphs.RandomGrid(random, random.Next(2) == 0 ? 1 : shape[0]);
            int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => grid.MinCode + random.Next(grid.LevelCount))];
            var tensor = QuantizedTensor.FromCodes(shape, grid, codes);
            float[] values = tensor.ToFloats();
            for (int i = 0; i < codes.Length; i++)
            {
                Assert.Equal(codes[i], tensor.Code(i));
                Assert.Equal(codes[i], grid.Quantize(values[i], i / tensor.ChannelStride));
            }
        }
    }

    [Fact]
    public void CountsWidthsAndChannelsMustFit()
    {
        var shape = new TensorShape(2, 2);
        Assert.Throws<ArgumentException>(() => new QuantizedTensor(shape, Signed, PackedCodes.Pack(new byte[3], 2)));
        Assert.Throws<ArgumentException>(() => new QuantizedTensor(shape, Signed, PackedCodes.Pack(new byte[4], 3)));
        Assert.Throws<ArgumentException>(() => new QuantizedTensor(new TensorShape(4), Signed, PackedCodes.Pack(new byte[4], 2)));
        Assert.Throws<ArgumentException>(() => new QuantizedTensor(TensorShape.Scalar, Signed, PackedCodes.Pack(new byte[1], 2)));
    }

    [Fact]
    public void CodesAboveALevelCountThatIsNoPowerOfTwoAreRefused()
    {
        var ternary = new Grid(-1, 1, [1f], [0f]);
        var fault = Assert.Throws<ArgumentException>(() => new QuantizedTensor(new TensorShape(3), ternary, PackedCodes.Pack([0, 3, 2], 2)));
        Assert.Contains("code 2 at 1 is above the largest code 1", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(2)]
    [InlineData(300)]
    public void CodesOutsideTheGridAreRefused(int code) => Assert.ThrowsAny<Exception>(() => QuantizedTensor.FromCodes(new TensorShape(1), new Grid(-2, 1, [1f], [0f]), [code]));

    [Fact]
    public void ContentIsComparedToTheLastBit()
    {
        var shape = new TensorShape(2, 2);
        var tensor = QuantizedTensor.FromCodes(shape, Signed, [0, 1, -1, -2]);
        Assert.True(tensor.ContentEquals(QuantizedTensor.FromCodes(shape, Signed, [0, 1, -1, -2])));
        Assert.False(tensor.ContentEquals(QuantizedTensor.FromCodes(shape, Signed, [0, 1, -1, -1])));
        Assert.False(tensor.ContentEquals(QuantizedTensor.FromCodes(shape, new Grid(-2, 1, [0.5f], [0f]), [0, 1, -1, -2])));
        Assert.False(tensor.ContentEquals(new FloatTensor(shape, tensor.ToFloats())));
        Assert.False(new FloatTensor(new TensorShape(1), [0f]).ContentEquals(new FloatTensor(new TensorShape(1), [-0f])));
    }
}
