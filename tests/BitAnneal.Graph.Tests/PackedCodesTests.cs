namespace BitAnneal.Graphs.Tests;

public class PackedCodesTests
{
    public static TheoryData<int> Widths { get; } = new(Enumerable.Range(1, 8));

    [Theory]
    [MemberData(nameof(Widths))]
    public void PackedCodesComeBack(int bits)
    {
        var random = new SeededRandom((ulong)bits);
        foreach (int count in Enumerable.Range(0, 40).Append(1001))
        {
            byte[] codes = [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(1 << bits))];
            var packed = PackedCodes.Pack(codes, bits);
            Assert.Equal((count * bits + 7) / 8, packed.Bytes.Length);
            Assert.Equal(codes, Enumerable.Range(0, count).Select(i => (byte)packed[i]));
            var again = PackedCodes.FromBytes(packed.Bytes, bits, count);
            byte[] tail = new byte[count - count / 3];
            again.Unpack(count / 3, tail);
            Assert.Equal(codes[(count / 3)..], tail);
        }
    }

    [Theory]
    [InlineData(1, new byte[] { 1, 0, 1, 1, 0, 0, 0, 0, 1 }, new byte[] { 0x0d, 0x01 })]
    [InlineData(2, new byte[] { 1, 2, 3 }, new byte[] { 0x39 })]
    [InlineData(3, new byte[] { 5, 3, 7 }, new byte[] { 0xdd, 0x01 })]
    [InlineData(4, new byte[] { 1, 15, 9 }, new byte[] { 0xf1, 0x09 })]
    [InlineData(8, new byte[] { 0, 255 }, new byte[] { 0x00, 0xff })]
    public void TheFirstCodeTakesTheLowestBits(int bits, byte[] codes, byte[] bytes) => Assert.Equal(bytes, PackedCodes.Pack(codes, bits).Bytes.ToArray());

    [Theory]
    [MemberData(nameof(Widths))]
    public void WrongSizesAndSetSlackBitsAreRefused(int bits)
    {
        for (int count = 1; count <= 20; count++)
        {
            byte[] bytes = PackedCodes.Pack(new byte[count], bits).Bytes.ToArray();
            Assert.Throws<ArgumentException>(() => PackedCodes.FromBytes([.. bytes, 0], bits, count));
            Assert.Throws<ArgumentException>(() => PackedCodes.FromBytes(bytes.AsSpan(1), bits, count));
            for (int slack = count * bits; slack < 8 * bytes.Length; slack++)
            {
                byte[] dirty = [.. bytes];
                dirty[slack / 8] |= (byte)(1 << (slack % 8));
                Assert.Contains("behind the last code", Assert.Throws<ArgumentException>(() => PackedCodes.FromBytes(dirty, bits, count)).Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-8)]
    [InlineData(int.MinValue)]
    public void NegativeCountsAreRefused(int count) => Assert.ThrowsAny<ArgumentException>(() => PackedCodes.FromBytes([], 1, count));

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(-1)]
    public void OtherWidthsAreRefused(int bits)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedCodes.Pack([0], bits));
        Assert.Throws<ArgumentOutOfRangeException>(() => PackedCodes.FromBytes([0], bits, 1));
    }

    [Fact]
    public void CodesThatDoNotFitAreRefusedByPlace()
    {
        var fault = Assert.Throws<ArgumentOutOfRangeException>(() => PackedCodes.Pack([3, 3, 4], 2));
        Assert.Contains("code 4 at 2 does not fit 2 bits", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    [InlineData(7)]
    public void PlacesOutsideAreRefused(int index)
    {
        var packed = PackedCodes.Pack(new byte[5], 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => packed[index]);
    }

    [Fact]
    public void LaterChangesOfTheSourceDoNotReachTheCodes()
    {
        byte[] bytes = [0x39];
        var packed = PackedCodes.FromBytes(bytes, 2, 3);
        bytes[0] = 0;
        Assert.Equal(1, packed[0]);
    }
}
