using System.Globalization;
using System.Text;

namespace BitAnneal.Graphs;

/// <summary>Text from files in messages: it must neither break a line nor steer a terminal.</summary>
internal static class OneLine
{
    /// <summary>The text with line breaks, control and invisible format characters written as escapes, such as <c>\n</c> and <c>\u001b</c>.</summary>
    public static string Of(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            line.Append(Escape(rune) ?? rune.ToString());
        }

        return line.ToString();
    }

    private static string? Escape(Rune rune) => (rune.Value, Rune.GetUnicodeCategory(rune)) switch
    {
        ('\n', _) => "\\n",
        ('\r', _) => "\\r",
        ('\t', _) => "\\t",
        (_, UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) =>
            rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}",
        _ => null,
    };
}
