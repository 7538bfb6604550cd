using System.Buffers.Binary;
using System.Xml.Linq;
using SkiaSharp;

namespace BitAnneal.Reports.Tests;

public class LinePlotTests
{
    public static TheoryData<string, double[], double[]> Lines { get; } = new()
    {
        { "a line", [0, 1, 2], [3, 1, 2] },
        { "no point", [], [] },
        { "one point", [1], [2] },
        { "the same point twice", [1, 1], [2, 2] },
        { "a constant", [0, 1, 2], [5, 5, 5] },
        { "a gap", [0, 1, 2, 3], [1, double.NaN, 3, 4] },
        { "a gap at both ends", [0, 1, 2], [double.NaN, 2, double.NaN] },
        { "nothing but gaps", [0, 1], [double.NaN, double.NaN] },
        { "one gap", [0], [double.NaN] },
        { "infinities", [0, 1, 2], [double.PositiveInfinity, 1, double.NegativeInfinity] },
        { "large numbers", [0, 1], [-1e300, 1e300] },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void EveryLineGivesAnSvgAndAPng(string name, double[] x, double[] y)
    {
        LinePlot[] plots = [new(name, "step", "loss", [new LineSeries(name, x, y)]), new(name, "step", "loss", [new LineSeries(name, x, y), new LineSeries("other", [0, 1], [1, 2])])];
        foreach (var plot in plots)
        {
            string svg = plot.ToSvg();
            Assert.Equal("svg", XDocument.Parse(svg).Root!.Name.LocalName);
            AssertPng(plot.ToPng(), 760, 400);
        }
    }

    [Fact]
    public void ManyPointsMakeNoLargeFile()
    {
        var plot = new LinePlot("t", "x", "y", [new LineSeries("sine", [.. Enumerable.Range(0, 100_000)], [.. Enumerable.Range(0, 100_000).Select(i => Math.Sin(i / 10_000.0))])]);
        Assert.InRange(plot.ToSvg().Length, 1000, 60_000);
    }

    [Fact]
    public void APlotWithoutLinesIsAnEmptyFrame() => Assert.NotNull(XDocument.Parse(new LinePlot("t", "x", "y", []).ToSvg()).Root);

    [Fact]
    public void HostileTextStaysText()
    {
        const string hostile = "</text><script>alert(1)</script> & \" ' <";
        var svg = XDocument.Parse(new LinePlot(hostile, hostile, hostile, [new LineSeries(hostile, [0, 1], [0, 1]), new LineSeries(hostile, [0, 1], [1, 0])]).ToSvg());
        Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName == "script");
    }

    [Fact]
    public void TheTextIsInTheSvg()
    {
        string text = string.Concat(XDocument.Parse(new LinePlot("Title", "Steps", "Loss", [new LineSeries("first", [0, 1], [0, 1]), new LineSeries("second", [0, 1], [1, 0])]).ToSvg()).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
        Assert.All(new[] { "Title", "Steps", "Loss", "first", "second" }, word => Assert.Contains(word, text, StringComparison.Ordinal));
    }

    [Fact]
    public void ALineOfOnePointIsSeenWhenItIsMarked()
    {
        int Pixels(PointMark mark) => CountOf(Color, new LinePlot("t", "λ", "a", [new LineSeries("one", [5], [0.5]) { Colour = "#D55E00", Mark = mark }]).ToPng());
        Assert.Equal(0, Pixels(PointMark.None));
        Assert.True(Pixels(PointMark.Disc) > 20 && Pixels(PointMark.Ring) > 20);
        int both = CountOf(Color, new LinePlot("t", "λ", "a", [new LineSeries("under", [5], [0.5]) { Colour = "#D55E00", Mark = PointMark.Ring }, new LineSeries("over", [5], [0.5]) { Colour = "#0072B2", Mark = PointMark.Disc }]) { Legend = LegendPlace.None }.ToPng());
        Assert.True(both > 20, $"{both}");
    }

    [Fact]
    public void TheAxesTakeGivenTicksAndAGivenRange()
    {
        var plot = new LinePlot("t", "λ", "a", [new LineSeries("one", [0.5, 30], [0.999, 1]) { Colour = "#D55E00" }]) { LogX = true, XTicks = [0.5, 30] };
        string[] text = Text(plot);
        Assert.Contains("0.5", text);
        Assert.Contains("30", text);
        Assert.DoesNotContain("10", text);
        var wide = plot with { YRange = (0, 2) };
        Assert.DoesNotContain("2", text);
        Assert.Contains("2", Text(wide));
        Assert.InRange(Rows(wide).Max() - Rows(wide).Min(), 0, 4); // A flat line in the middle; over its own range it would cross the frame.
        Assert.True(Rows(plot).Max() - Rows(plot).Min() > 100);

        static int[] Rows(LinePlot plot)
        {
            using var picture = SKBitmap.Decode(plot.ToPng());
            return [.. Enumerable.Range(0, picture.Height).Where(y => Enumerable.Range(0, picture.Width).Any(x => picture.GetPixel(x, y) == Color))];
        }
    }

    [Fact]
    public void ALegendBelowStandsUnderTheFrame()
    {
        var plot = new LinePlot("t", "x", "y", [new LineSeries("first", [0, 1], [0, 1]), new LineSeries("second", [0, 1], [1, 0])]) { Legend = LegendPlace.Below };
        var (first, second) = (Place("first"), Place("second"));
        Assert.True(first.Y > 340, $"{first}");
        Assert.Equal(first.Y, second.Y);
        Assert.True(second.X > first.X);

        (double X, double Y) Place(string name)
        {
            string place = XDocument.Parse(plot.ToSvg()).Descendants().Last(e => e.Name.LocalName == "text" && e.Value.Trim() == name).Attribute("transform")!.Value;
            double[] numbers = [.. place["translate(".Length..^1].Split(' ').Select(n => double.Parse(n, System.Globalization.CultureInfo.InvariantCulture))];
            return (numbers[0], numbers[1]);
        }
    }

    [Theory]
    [InlineData(300, 200)]
    [InlineData(1200, 900)]
    public void ThePictureHasTheSizeAskedFor(int width, int height)
    {
        var plot = new LinePlot("t", "x", "y", [new LineSeries("a", [0, 1], [0, 1])]);
        AssertPng(plot.ToPng(width, height), width, height);
        var svg = XDocument.Parse(plot.ToSvg(width, height)).Root!;
        Assert.Equal(($"{width}", $"{height}"), (svg.Attribute("width")?.Value, svg.Attribute("height")?.Value));
    }

    [Fact]
    public void MoreLinesThanColoursAreDrawn()
    {
        var plot = new LinePlot("t", "x", "y", [.. Enumerable.Range(0, 20).Select(i => new LineSeries($"line {i}", [0, 1], [i, i + 1]))]);
        Assert.NotNull(XDocument.Parse(plot.ToSvg()).Root);
    }

    private static readonly SKColor Color = new(0xD5, 0x5E, 0x00);

    private static string[] Text(Chart chart) => [.. XDocument.Parse(chart.ToSvg()).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim())];

    private static int CountOf(SKColor colour, byte[] png)
    {
        using var picture = SKBitmap.Decode(png);
        return picture.Pixels.Count(p => Math.Abs(p.Red - colour.Red) + Math.Abs(p.Green - colour.Green) + Math.Abs(p.Blue - colour.Blue) < 120); // Thin lines are blended with the paper.
    }

    private static void AssertPng(byte[] png, int width, int height)
    {
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a], png[..8]);
        Assert.Equal((width, height), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20))));
        Assert.Equal("IEND"u8, png.AsSpan(^8..^4));
    }
}
