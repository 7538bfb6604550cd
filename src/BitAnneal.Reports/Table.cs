using System.Net;
using System.Text;

namespace BitAnneal.Reports;

/// <summary>Rows of text under named columns. Columns whose cells are all numbers are set to the right.</summary>
/// <param name="columns">Column names.</param>
public sealed class Table(params string[] columns)
{
    private readonly List<string[]> rows = [];

    /// <summary>Column names.</summary>
    public IReadOnlyList<string> Columns { get; } = [.. columns.Select(OnOneLine)];

    /// <summary>Rows in order.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows => rows;

    /// <summary>Appends a row.</summary>
    /// <exception cref="ArgumentException">The number of cells is not that of the columns.</exception>
    public Table Row(params string[] cells)
    {
        if (cells.Length != Columns.Count)
        {
            throw new ArgumentException($"{cells.Length} cells for {Columns.Count} columns");
        }

        rows.Add([.. cells.Select(OnOneLine)]);
        return this;
    }

    /// <summary>Whether a column is set to the right.</summary>
    public bool IsNumeric(int column) => rows.Count > 0 && rows.TrueForAll(r => r[column].Length == 0 || r[column] == "-" || r[column].TrimStart('-', '+', '×') is [>= '0' and <= '9', ..]);

    /// <summary>As a Markdown table with a newline at its end.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", Columns.Select(Escape)).Append(" |\n|");
        for (int c = 0; c < Columns.Count; c++)
        {
            text.Append(IsNumeric(c) ? "---:|" : "---|");
        }

        text.Append('\n');
        foreach (string[] row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(Escape)).Append(" |\n");
        }

        return text.ToString();

        static string Escape(string cell) => cell.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal);
    }

    /// <summary>As columns of plain text, with a newline at the end.</summary>
    public string ToText()
    {
        int[] widths = [.. Columns.Select((name, c) => rows.Select(r => r[c].Length).Append(name.Length).Max())];
        string[][] lines = [[.. Columns], .. rows];
        return string.Concat(lines.Select(line => string.Join("  ", line.Select((cell, c) => IsNumeric(c) ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd() + "\n"));
    }

    /// <summary>As comma-separated values (RFC 4180) with a line of column names.</summary>
    public string ToCsv()
    {
        string[][] lines = [[.. Columns], .. rows];
        return string.Concat(lines.Select(line => string.Join(',', line.Select(Quote)) + "\n"));

        static string Quote(string cell) => cell.AsSpan().ContainsAny(',', '"') ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
    }

    /// <summary>As an HTML table.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table><thead><tr>");
        for (int c = 0; c < Columns.Count; c++)
        {
            html.Append(IsNumeric(c) ? "<th class=\"n\">" : "<th>").Append(WebUtility.HtmlEncode(Columns[c])).Append("</th>");
        }

        html.Append("</tr></thead><tbody>");
        foreach (string[] row in rows)
        {
            html.Append("<tr>");
            for (int c = 0; c < row.Length; c++)
            {
                html.Append(IsNumeric(c) ? "<td class=\"n\">" : "<td>").Append(WebUtility.HtmlEncode(row[c])).Append("</td>");
            }

            html.Append("</tr>");
        }

        return html.Append("</tbody></table>\n").ToString();
    }

    private static string OnOneLine(string cell) => cell.ReplaceLineEndings(" ");
}
