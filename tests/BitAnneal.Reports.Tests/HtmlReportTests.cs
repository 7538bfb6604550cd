using System.Text.RegularExpressions;
using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Reports.Tests;

public partial class HtmlReportTests
{
    private const string Hostile = "</title></style><script>alert('x')</script><img src=\"https://evil.example/x.png\" onerror=alert(1)>&amp;";

    private static readonly string Page = new HtmlReport(Hostile).Heading(Hostile).Paragraph(Hostile).Code(Hostile).Add(new Table(Hostile).Row(Hostile))
        .Add(Plot(Hostile)).Add(Plot("second")).ToHtml();

    [Fact]
    public void NothingIsLoadedFromElsewhere()
    {
        Assert.DoesNotMatch(Loading(), Page);
        Assert.All(Address().Matches(Namespace().Replace(Text().Replace(Page, "><"), "")), match => Assert.Fail(match.Value));
    }

    [Fact]
    public void HostileTextStaysText()
    {
        string[] known = ["html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "code", "div", "table", "thead", "tbody", "tr", "th", "td", "figure"];
        string[] graphics = ["svg", "g", "defs", "clipPath", "path", "rect", "line", "polyline", "polygon", "circle", "ellipse", "text", "tspan", "use", "linearGradient", "stop"];
        Assert.Empty(Tag().Matches(Page).Select(m => m.Groups[1].Value).Except([.. known, .. graphics]));
        Assert.Equal(7, Page.Split("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;img src=&quot;").Length - 1); // Title, h1, h2, p, code, th, td.
        Assert.DoesNotContain("<script", Page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", Page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void EveryIdIsUsedOnce()
    {
        string[] ids = [.. Id().Matches(Page).Select(m => m.Groups[1].Value)];
        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct(), ids);
        Assert.Empty(Reference().Matches(Page).Select(m => m.Groups[1].Value).Except(ids));
    }

    [Fact]
    public void PartsStandInOrder()
    {
        string page = new HtmlReport("title").Heading("first").Paragraph("second").Code("third").Heading("fourth").ToHtml();
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.Contains("<meta charset=\"utf-8\">", page, StringComparison.Ordinal);
        int[] places = [.. new[] { "<title>title</title>", "<h1>title</h1>", "<h2>first</h2>", "<p>second</p>", "<code>third</code>", "<h2>fourth</h2>", "</html>" }.Select(t => page.IndexOf(t, StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Fact]
    public void ThePageIsWrittenWholeOrNotAtAll()
    {
        using var folder = new TemporaryFolder();
        var report = new HtmlReport("é");
        report.Write(folder["report.html"]);
        Assert.Equal(report.ToHtml(), File.ReadAllText(folder["report.html"]));
        Assert.Contains(folder["none/report.html"], Assert.Throws<BitAnnealException>(() => report.Write(folder["none/report.html"])).Message, StringComparison.Ordinal);
    }

    private static LinePlot Plot(string text) => new(text, text, text, [new LineSeries(text, [0, 1, 2], [3, 1, 2]), new LineSeries("other", [0, 1], [1, 1])]);

    [GeneratedRegex(@"<(?:script|link|iframe|object|embed|image|img)\b|@import|<[^>]*\s(?:src|on\w+)\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Loading();

    [GeneratedRegex(@"(?:https?:)?//[\w.]+")]
    private static partial Regex Address();

    [GeneratedRegex("xmlns(?::xlink)?=\"http://www\\.w3\\.org/(?:2000/svg|1999/xlink)\"")]
    private static partial Regex Namespace();

    [GeneratedRegex(">[^<]*<")]
    private static partial Regex Text();

    [GeneratedRegex(@"</?([A-Za-z][\w:]*)")]
    private static partial Regex Tag();

    [GeneratedRegex("\\sid=\"([^\"]*)\"")]
    private static partial Regex Id();

    [GeneratedRegex(@"(?:url\(|href="")#([^)""]*)")]
    private static partial Regex Reference();
}
