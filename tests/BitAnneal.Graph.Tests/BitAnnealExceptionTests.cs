using CsCheck;

namespace BitAnneal.Graphs.Tests;

public class BitAnnealExceptionTests
{
    [Theory]
    [InlineData("plain 'text' \\ é 漢 😀", "plain 'text' \\ é 漢 😀")]
    [InlineData("a\nb\r\nc\td", @"a\nb\r\nc\td")]
    [InlineData("\0\u001b[2J\u007f\u0085", @"\u0000\u001b[2J\u007f\u0085")]
    [InlineData("\u2028\u2029\u202e\u200b\ufeff", @"\u2028\u2029\u202e\u200b\ufeff")]
    [InlineData("\U000e0041", @"\U000e0041")]
    public void MessagesAreOnePrintableLine(string text, string expected)
    {
        Assert.Equal(expected, new BitAnnealException(text).Message);
        Assert.Equal(expected, new BitAnnealException(text, new InvalidOperationException()).Message);
        Assert.Equal($"node '{expected}': {expected}", new GraphException(text, text).Message);
        Assert.Equal(text, new GraphException(text, text).Node);
    }

    [Fact]
    public void HalfACharacterIsReplaced() => Assert.Equal("a\ufffdb", new BitAnnealException("a\ud800b").Message);

    [Fact]
    public void AMessageInsideAMessageIsEscapedOnce() =>
        Gen.String[Gen.Char, 0, 30].Sample(text => new BitAnnealException(new BitAnnealException(text).Message).Message == new BitAnnealException(text).Message);

    [Fact]
    public void NoMessageHoldsAControlCharacter() =>
        Gen.String[Gen.Char['\0', '\uffff'], 0, 30].Sample(text => !new BitAnnealException(text).Message.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202e'));
}
