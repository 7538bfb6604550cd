using System.Xml.Linq;
using SkiaSharp;

namespace BitAnneal.Reports.Tests;

public class ChartTests
{
    private static readonly double[,] Slope = { { 0, 1, 2 }, { 3, 4, 5 } };

    [Fact]
    public void AHeatMapIsDarkWhereValuesAreSmallAndRowsGoUpward()
    {
        using var picture = SKBitmap.Decode(new HeatMap("t", "x", "y", Slope, -1, 1).ToPng(400, 400));
        picture.GetPixel(110, 300).ToHsv(out _, out _, out float lower);
        picture.GetPixel(230, 100).ToHsv(out _, out _, out float upper);
        Assert.True(lower < upper, $"{lower} {upper}");
    }

    [Fact]
    public void AnSvgScalesWithItsPlace() =>
        Assert.Equal("0 0 700 300", XDocument.Parse(new HeatMap("t", "x", "y", Slope, -1, 1).ToSvg(700, 300)).Root?.Attribute("viewBox")?.Value);

    [Fact]
    public void AllCellsAreEquallyWide()
    {
        double[,] stripes = { { 0, 1, 0 }, { 0, 1, 0 }, { 0, 1, 0 } };
        using var picture = SKBitmap.Decode(new HeatMap("t", "x", "y", stripes, -1, 1).ToPng(800, 400));
        bool?[] isBright = [.. Enumerable.Range(0, 720).Select(x => picture.GetPixel(x, 210) switch // Left of the colour bar.
        {
            { Red: > 240, Green: > 210 and < 245, Blue: < 60 } => true,
            { Red: > 60 and < 80, Green: < 15, Blue: > 70 and < 100 } => false,
            _ => (bool?)null,
        })];
        int first = Array.IndexOf(isBright, false), second = Array.IndexOf(isBright, true), third = Array.IndexOf(isBright, false, second), end = Array.LastIndexOf(isBright, false) + 1;
        Assert.InRange(second - first, 200, 240);
        Assert.All(new[] { third - second, end - third }, width => Assert.InRange(width, second - first - 4, second - first + 4));
    }

    [Fact]
    public void MapsOfOneScaleHaveEqualColoursForEqualValues()
    {
        double[,] constant = { { 3, 3 }, { 3, 3 } };
        var colours = new[] { 3.0, 5, 9 }.Select(max =>
        {
            using var picture = SKBitmap.Decode(new HeatMap("t", "x", "y", constant, -1, 1) { Scale = (0, max == 3 ? 9 : max) }.ToPng(400, 400));
            return picture.GetPixel(150, 150);
        }).ToArray();
        Assert.Equal(colours[0], colours[2]);
        Assert.NotEqual(colours[0], colours[1]);
    }

    [Fact]
    public void EveryCellOfAGridIsDrawn()
    {
        LinePlot Plot(string name) => new(name, "x", "y", [new LineSeries("a", [0, 1], [0, 1])]);
        var grid = new ChartGrid([Plot("first"), Plot("second"), new HeatMap("third", "x", "y", Slope, 0, 1)], 2);
        Assert.Equal(2, grid.Rows);
        using var picture = SKBitmap.Decode(grid.ToPng(800, 600));
        Assert.True(IsDrawn(picture, 0, 0) && IsDrawn(picture, 400, 0) && IsDrawn(picture, 0, 300));
        Assert.False(IsDrawn(picture, 400, 300));
        string text = string.Concat(XDocument.Parse(grid.ToSvg(800, 600)).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value));
        Assert.All(new[] { "first", "second", "third" }, word => Assert.Contains(word, text, StringComparison.Ordinal));

        static bool IsDrawn(SKBitmap picture, int left, int top) => Enumerable.Range(0, 300).Any(y => picture.GetPixel(left + 200, top + y) != SKColors.White);
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { 0.0, -1 })]
    [InlineData(new[] { 1.0 })]
    [InlineData(new[] { 0.03, 1, 100 })]
    [InlineData(new[] { double.NaN, double.PositiveInfinity, 2 })]
    public void ALogarithmicAxisTakesAnyPositions(double[] x) =>
        Assert.NotNull(XDocument.Parse(new LinePlot("t", "x", "y", [new LineSeries("a", x, x)]) { LogX = true }.ToSvg()).Root);

    [Fact]
    public void ALogarithmicAxisNamesThePowersOfTen()
    {
        var plot = new LinePlot("t", "x", "y", [new LineSeries("a", [0.03, 1, 100], [1, 2, 3])]) { LogX = true };
        string[] words = [.. XDocument.Parse(plot.ToSvg()).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim())];
        Assert.All(new[] { "0.1", "1", "10", "100" }, word => Assert.Contains(word, words));
    }

    [Fact]
    public void CsvQuotesWhatItMust() =>
        Assert.Equal("a,\"b,c\"\n1,\"say \"\"x\"\"\"\n", new Table("a", "b,c").Row("1", "say \"x\"").ToCsv());
}
