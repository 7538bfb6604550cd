using System.Collections.Immutable;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>What <c>reproduce dqa</c> was told.</summary>
internal sealed record ReproduceSettings
{
    public static IReadOnlyCollection<string> Budgets { get; } = ["cpu", "paper"];

    /// <summary>The rows to reproduce: one, or all of a table.</summary>
    public required ImmutableArray<PaperRow> Rows { get; init; }

    /// <summary>One of <see cref="Budgets"/>.</summary>
    public string Budget { get; init; } = "cpu";

    /// <summary>Null: 3 for the cpu budget; for the paper's as many as the paper.</summary>
    public int? Seeds { get; init; }

    public required string Output { get; init; }
    public string? DataDir { get; init; }

    /// <summary>Null: all.</summary>
    public int? TrainImages { get; init; }

    /// <summary>Null: all.</summary>
    public int? TestImages { get; init; }

    /// <summary>Of the cpu budget. Null: 6.</summary>
    public int? Epochs { get; init; }

    /// <summary>Of the cpu budget. Null: 0.</summary>
    public double? Hold { get; init; }

    public string Edges { get; init; } = "same";
    public string Compute { get; init; } = "float32";
    public int Threads { get; init; } = Environment.ProcessorCount;
    public string Device { get; init; } = "cpu";
    public bool Resume { get; init; }
    public bool Json { get; init; }

    public bool IsPaper => Budget == "paper";

    /// <summary>How often the arms of a row are trained.</summary>
    public int SeedsOf(PaperRow row) => Seeds ?? (IsPaper ? row.Runs : 3);

    /// <summary>The command that does the same, or goes on with it.</summary>
    public string CommandLine => string.Join(' ', ((string?[])
    [
        $"bitanneal reproduce dqa --table {Rows[0].Table} --row {(Rows.Length == 1 ? Rows[0].Number : "all")} --budget {Budget}",
        Flag("seeds", Seeds), Flag("epochs", Epochs), Flag("hold", Hold), Flag("edges", Edges), Flag("compute", Compute), Flag("train-images", TrainImages), Flag("test-images", TestImages),
        Flag("data-dir", Path(DataDir)), Flag("device", Device), Flag("threads", Threads), Flag("out", Path(Output)),
    ]).OfType<string>());

    private static string? Path(string? path) => path?.Contains(' ', StringComparison.Ordinal) == true ? $"'{path}'" : path;

    private static string? Flag(string name, object? value) => value is null ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"--{name} {value}");
}
