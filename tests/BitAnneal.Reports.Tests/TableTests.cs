using System.Xml.Linq;
using CsCheck;

namespace BitAnneal.Reports.Tests;

public class TableTests
{
    private static Table Layers() => new Table("layer", "MACs", "share").Row("conv1", "442368", "1.1 %").Row("linear", "640", "-");

    [Fact]
    public void TextColumnsAreAsWideAsTheirWidestCell() => Assert.Equal(
        "layer     MACs  share\nconv1   442368  1.1 %\nlinear     640      -\n", Layers().ToText());

    [Fact]
    public void MarkdownSetsNumbersToTheRight() => Assert.Equal(
        "| layer | MACs | share |\n|---|---:|---:|\n| conv1 | 442368 | 1.1 % |\n| linear | 640 | - |\n", Layers().ToMarkdown());

    [Fact]
    public void HtmlSetsNumbersToTheRight() => Assert.Equal(
        "<table><thead><tr><th>a</th><th class=\"n\">b</th></tr></thead><tbody><tr><td>x</td><td class=\"n\">-1</td></tr></tbody></table>\n", new Table("a", "b").Row("x", "-1").ToHtml());

    [Theory]
    [InlineData("1", true)]
    [InlineData("-0.5", true)]
    [InlineData("+3", true)]
    [InlineData("×2.5", true)]
    [InlineData("-", true)]
    [InlineData("", true)]
    [InlineData("4.8 M", true)]
    [InlineData("conv", false)]
    [InlineData("--", false)]
    [InlineData("+", false)]
    [InlineData("×", false)]
    [InlineData(" ", false)]
    public void AColumnIsNumericWhenEveryCellIs(string cell, bool numeric)
    {
        Assert.Equal(numeric, new Table("c").Row("7").Row(cell).IsNumeric(0));
        Assert.False(new Table("c").Row(cell).Row("word").IsNumeric(0));
        Assert.False(new Table("c").IsNumeric(0));
    }

    [Theory]
    [InlineData(@"a|b", @"a\|b")]
    [InlineData(@"a\|b", @"a\\\|b")]
    [InlineData("a\nb", "a b")]
    [InlineData("a\r\n| evil | row |\r\n", @"a \| evil \| row \| ")]
    public void MarkdownCellsCannotBreakTheirRow(string cell, string escaped) =>
        Assert.Equal($"| {escaped} | second |\n|---|---|\n| {escaped} | second |\n", new Table(cell, "second").Row(cell, "second").ToMarkdown());

    [Fact]
    public void TextCellsCannotBreakTheirRow() => Assert.Equal("a b  c\nd e  f\n", new Table("a\nb", "c").Row("d\r\ne", "f").ToText());

    [Fact]
    public void HtmlEscapesEveryCell() => Gen.String[Gen.Char[' ', '~'], 0, 20].Sample(cell =>
    {
        var table = XElement.Parse(new Table(cell).Row(cell).ToHtml(), LoadOptions.PreserveWhitespace);
        return table.Descendants("th").Single().Value == cell && table.Descendants("td").Single().Value == cell && !table.Descendants().Any(e => e.Name.LocalName is not ("thead" or "tbody" or "tr" or "th" or "td"));
    });

    [Fact]
    public void ATableWithoutRowsIsItsHeader()
    {
        var table = new Table("a", "b");
        Assert.Equal("a  b\n", table.ToText());
        Assert.Equal("| a | b |\n|---|---|\n", table.ToMarkdown());
        Assert.Empty(XElement.Parse(table.ToHtml()).Descendants("td"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ARowHasAsManyCellsAsThereAreColumns(int cells) => Assert.Throws<ArgumentException>(() => new Table("a", "b").Row(new string[cells]));
}
