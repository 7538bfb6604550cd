using System.Net;
using System.Text;
using BitAnneal.Graphs.IO;

namespace BitAnneal.Reports;

/// <summary>One self-contained page: no script, no font, no picture from elsewhere.</summary>
/// <param name="title">Title and heading.</param>
public sealed class HtmlReport(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; }
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 58rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; } th, td { padding: .3rem .8rem; border-bottom: 1px solid #8886; text-align: left; }
        .n { text-align: right; font-variant-numeric: tabular-nums; }
        figure { margin: 1rem 0; background: #fff; border-radius: 6px; padding: .5rem; overflow-x: auto; } svg { max-width: 100%; height: auto; }
        code { background: #8882; padding: .1rem .3rem; border-radius: 4px; }
        """;

    private readonly StringBuilder body = new();

    /// <summary>Appends a heading.</summary>
    public HtmlReport Heading(string text) => Append($"<h2>{WebUtility.HtmlEncode(text)}</h2>\n");

    /// <summary>Appends a paragraph of plain text.</summary>
    public HtmlReport Paragraph(string text) => Append($"<p>{WebUtility.HtmlEncode(text)}</p>\n");

    /// <summary>Appends a command line.</summary>
    public HtmlReport Code(string text) => Append($"<p><code>{WebUtility.HtmlEncode(text)}</code></p>\n");

    /// <summary>Appends a table.</summary>
    public HtmlReport Add(Table table) => Append($"<div class=\"scroll\">{table.ToHtml()}</div>");

    /// <summary>Appends a plot as inline SVG.</summary>
    public HtmlReport Add(Chart plot)
    {
        string svg = plot.ToSvg();
        return Append($"<figure>{svg[svg.IndexOf("<svg", StringComparison.Ordinal)..]}</figure>\n");
    }

    /// <summary>The page.</summary>
    public string ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{WebUtility.HtmlEncode(title)}</title><style>{Style}</style></head>
        <body><h1>{WebUtility.HtmlEncode(title)}</h1>
        {body}</body></html>

        """;

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="Graphs.BitAnnealException">It cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, ToHtml());

    private HtmlReport Append(string html)
    {
        body.Append(html);
        return this;
    }
}
