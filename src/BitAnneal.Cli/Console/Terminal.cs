using Spectre.Console;

namespace BitAnneal.Cli.Console;

/// <summary>What people see: tables and progress, with plain text where the output is no terminal.</summary>
internal static class Terminal
{
    /// <summary>Prints a table.</summary>
    public static void Print(Reports.Table table)
    {
        if (!AnsiConsole.Profile.Capabilities.Ansi)
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

    /// <summary>Runs work that reports progress under a title. On a terminal a bar moves; elsewhere a line is written every few seconds.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="work">Gets a function that takes the share done, in 0..1, and a short note.</param>
    public static T WithProgress<T>(string title, Func<Action<double, string>, T> work)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
        {
            var clock = System.Diagnostics.Stopwatch.StartNew();
            long next = 0;
            return work((share, note) =>
            {
                if (clock.ElapsedMilliseconds >= next || share >= 1)
                {
                    next = clock.ElapsedMilliseconds + 5000;
                    System.Console.WriteLine(FormattableString.Invariant($"{title}: {share * 100:F0} % {note}"));
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
