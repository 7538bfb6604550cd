using System.Globalization;
using Spectre.Console;

namespace BitAnneal.Cli.Console;

/// <summary>What people see: tables and progress, with plain text where the output is no terminal.</summary>
internal static class Terminal
{
    // Spectre takes a build server for a terminal; a pipe and a file get plain text, whatever the environment says.
    private static bool IsTerminal => !System.Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    private static bool HasLiveBar => IsTerminal && AnsiConsole.Profile.Capabilities.Interactive;

    /// <summary>Writes a line to standard error; where a progress bar moves on the same terminal, above the bar.</summary>
    public static void WriteError(string line)
    {
        line = Clean(line);
        if (HasLiveBar && !System.Console.IsErrorRedirected)
        {
            AnsiConsole.WriteLine(line);
        }
        else
        {
            System.Console.Error.WriteLine(line);
        }
    }

    /// <summary>Text in which control characters are spelt out: a name from a file must not steer the terminal. Ends of lines stay.</summary>
    public static string Clean(string text) => text.Any(Steers) ? string.Concat(text.Select(c => Steers(c) ? $"\\u{(int)c:x4}" : $"{c}")) : text;

    /// <summary>Writes a warning to standard error, in one line.</summary>
    public static void WriteWarning(string message) => WriteError($"warning: {message.ReplaceLineEndings(" ")}");

    /// <summary>Where to print what is not the result: standard output belongs to the JSON when a program reads it.</summary>
    public static TextWriter BesideResult(bool json) => json ? System.Console.Error : System.Console.Out;

    /// <summary>Prints a table.</summary>
    public static void Print(Reports.Table table)
    {
        table = Clean(table);
        if (!IsTerminal)
        {
            System.Console.Write(table.ToText());
            return;
        }

        var view = new Spectre.Console.Table().RoundedBorder();
        for (int c = 0; c < table.Columns.Count; c++)
        {
            var column = new TableColumn(Markup.Escape(table.Columns[c])) { NoWrap = true };
            view.AddColumn(table.IsNumeric(c) ? column.RightAligned() : column);
        }

        foreach (var row in table.Rows)
        {
            view.AddRow([.. row.Select(Markup.Escape)]);
        }

        AnsiConsole.Write(view);
    }

    private static bool Steers(char c) => c != '\n'
        && char.GetUnicodeCategory(c) is (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static Reports.Table Clean(Reports.Table table)
    {
        var clean = new Reports.Table([.. table.Columns.Select(OneLine)]);
        foreach (var row in table.Rows)
        {
            clean.Row([.. row.Select(OneLine)]);
        }

        return clean;

        static string OneLine(string text) => Clean(text).Replace("\n", "\\n", StringComparison.Ordinal);
    }

    /// <summary>Runs work that reports progress under a title. On a terminal a bar moves; elsewhere a line is written every few seconds.</summary>
    /// <param name="lines">Where those lines go.</param>
    /// <param name="title">What is done.</param>
    /// <param name="work">Gets a function that takes the share done, in 0..1, and a short note.</param>
    public static T WithProgress<T>(TextWriter lines, string title, Func<Action<double, string>, T> work)
    {
        if (!HasLiveBar)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            long next = 0;
            return work((share, note) =>
            {
                if (clock.ElapsedMilliseconds >= next || share >= 1)
                {
                    next = clock.ElapsedMilliseconds + 5000;
                    lines.WriteLine(FormattableString.Invariant($"{title}: {share * 100:F0} % {note}"));
                }
            });
        }

        return AnsiConsole.Progress().Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work((share, note) =>
                {
                    task.Value = share;
                    task.Description = Markup.Escape($"{title} {note}".TrimEnd());
                });
            });
    }
}
