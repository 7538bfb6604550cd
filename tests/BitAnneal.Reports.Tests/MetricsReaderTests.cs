using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Reports.Tests;

public class MetricsReaderTests
{
    private const string First = "{\"step\":1,\"loss\":2.5,\"acc\":0.1}\n", Second = "{\"step\":2,\"loss\":1.5}\n";

    [Fact]
    public void EveryKeyIsASeriesOverTheStep()
    {
        var series = Read(First + Second + "{\"acc\":0.3,\"step\":4}\n");
        Assert.Equal(["acc", "loss"], series.Keys.Order());
        Assert.Equal([1.0, 2], series["loss"].X);
        Assert.Equal([2.5, 1.5], series["loss"].Y);
        Assert.Equal([1.0, 4], series["acc"].X);
        Assert.Equal([0.1, 0.3], series["acc"].Y);
        Assert.Equal("acc", series["acc"].Name);
    }

    [Fact]
    public void AnyTornLastLineIsPassedOver()
    {
        const string last = "{\"step\":3,\"loss\":0.5,\"acc\":0.9}";
        for (int length = 0; length < last.Length; length++)
        {
            var series = Read(First + Second + last[..length]);
            Assert.Equal([1.0, 2], series["loss"].X);
            Assert.Equal([1.0], series["acc"].X);
        }

        Assert.Equal([1.0, 2, 3], Read(First + Second + last)["loss"].X);
    }

    [Theory]
    [InlineData("{\"step\":2,\"lo")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{\"loss\":1}")]
    [InlineData("{\"step\":\"2\"}")]
    [InlineData("{\"step\":2,\"loss\":\"low\"}")]
    [InlineData("{\"step\":2,\"loss\":null}")]
    [InlineData("{\"step\":2,\"loss\":NaN}")]
    [InlineData("{\"step\":2,\"loss\":{\"a\":1}}")]
    public void ADamagedMiddleLineIsNamed(string line) =>
        Assert.EndsWith("line 2 is no object of numbers with a step", Assert.Throws<BitAnnealException>(() => Read(First + line + "\n" + Second)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("5")]
    [InlineData("{\"loss\":1}")]
    [InlineData("{\"step\":2,\"loss\":0.5,\"acc\":\"high\"}")]
    public void AWholeLastLineMustFitToo(string line) =>
        Assert.EndsWith("line 2 is no object of numbers with a step", Assert.Throws<BitAnnealException>(() => Read(First + line)).Message, StringComparison.Ordinal);

    [Fact]
    public void AnEmptyFileHasNoSeries() => Assert.Empty(Read(""));

    [Fact]
    public void WindowsLineEndsAreRead() => Assert.Equal([1.0, 2], Read((First + Second).ReplaceLineEndings("\r\n"))["loss"].X);

    [Fact]
    public void AMissingFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(folder["none"], Assert.Throws<BitAnnealException>(() => MetricsReader.Read(folder["none"])).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyDictionary<string, LineSeries> Read(string text)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["metrics.jsonl"], text);
        return MetricsReader.Read(folder["metrics.jsonl"]);
    }
}
