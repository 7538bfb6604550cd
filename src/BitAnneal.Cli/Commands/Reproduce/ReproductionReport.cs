using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Graphs.IO;
using BitAnneal.Reports;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>The finished runs beside the paper: a table, <c>results.md</c> and <c>results.json</c>.</summary>
/// <param name="settings">What was asked.</param>
/// <param name="comparisons">The rows with their arms.</param>
internal sealed class ReproductionReport(ReproduceSettings settings, ImmutableArray<Comparison> comparisons)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, TypeInfoResolver = CliJson.Default };

    /// <summary>Every arm once, in the order of the table.</summary>
    public ImmutableArray<Arm> Arms { get; } = [.. comparisons.SelectMany(c => c.Arms).DistinctBy(a => a.Name).OrderBy(a => a.Place)];

    /// <summary>How often an arm is trained: as often as the row that needs it most.</summary>
    public int SeedsOf(Arm arm) => comparisons.Where(c => c.Arms.Any(a => a.Name == arm.Name)).Max(c => settings.SeedsOf(c.Row));

    /// <summary>A row in words.</summary>
    public static string Title(PaperRow row) => string.Create(CultureInfo.InvariantCulture,
        $"table {row.Table} row {row.Number}: {Method(row.Method)} {(row.Method == PaperMethod.FullPrecision ? "" : Quantizers(row) + " ")}on {row.Data}, {row.Network}{(row.Lambda is { } lambda ? $", lambda {lambda}" : "")}: {row.Top1:F1} %{(row.Top5 is { } top5 ? $" (top-5 {top5:F1} %)" : "")} in the paper");

    /// <summary>The name of a method on the command line.</summary>
    public static string Method(PaperMethod method) => method switch
    {
        PaperMethod.FullPrecision => "float",
        PaperMethod.Plain => "plain",
        PaperMethod.BinaryRelax => "binary-relax",
        _ => "dqa",
    };

    /// <summary>Quantizers of a row; those of activations behind a stroke.</summary>
    public static string Quantizers(PaperRow row) => string.Join(' ', row.Weights) + (row.Activations is ["float"] ? "" : $" / {string.Join(' ', row.Activations)}");

    /// <summary>Writes both files.</summary>
    public void Write()
    {
        var results = Results();
        AtomicFile.WriteText(Path.Combine(settings.Output, "results.json"), Json(results).ToJsonString(Indented) + "\n");
        string[] notes = [.. Protocol.Lines(settings), .. Notes(results)];
        AtomicFile.WriteText(Path.Combine(settings.Output, "results.md"),
            $"""
            # DQA (arXiv 2103.13322), Table {settings.Rows[0].Table}, {settings.Budget} budget

            {TableOf(results).ToMarkdown()}
            {string.Concat(notes.Select(n => $"* {n}\n"))}
            ```sh
            {settings.CommandLine}
            ```

            """);
    }

    /// <summary>Prints the table, or the JSON.</summary>
    public void Print()
    {
        var results = Results();
        if (settings.Json)
        {
            System.Console.WriteLine(Json(results).ToJsonString());
            return;
        }

        Terminal.Print(TableOf(results));
        foreach (string note in Notes(results))
        {
            System.Console.WriteLine(note);
        }

        System.Console.WriteLine(Path.GetFullPath(Path.Combine(settings.Output, "results.md")));
    }

    private Dictionary<string, ArmResult> Results() => Arms.ToDictionary(a => a.Name, a => ArmResult.Read(a, settings.Output, SeedsOf(a)), StringComparer.Ordinal);

    private Table TableOf(Dictionary<string, ArmResult> results)
    {
        var table = new Table("row", "data", "method", "quantizers", "lambda", "paper top-1", "paper gap recovered", "top-1", "top-5", "seeds", "gap recovered", "least attention");
        foreach (var arm in Arms)
        {
            var (result, published) = (results[arm.Name], arm.Published);
            bool isReference = arm.Plain is null;
            table.Row(
                published is null ? "-" : $"{published.Number}", arm.Configuration.Data, arm.Configuration.Method, arm.Quantizers,
                arm.Configuration.Method == "dqa" ? Number(arm.Configuration.Lambda) : "-",
                published is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{published.Top1:F1} %{(published.Top5 is { } top5 ? $" ({top5:F1} %)" : "")}"),
                isReference || PublishedGap(published) is not { } theirs ? "-" : $"{theirs}",
                result.IsEmpty ? "-" : string.Create(CultureInfo.InvariantCulture, $"{result.Mean:F2}{(result.Deviation is { } d ? $" ± {d:F2}" : "")} %"),
                result.Top5.IsEmpty ? "-" : string.Create(CultureInfo.InvariantCulture, $"{result.Top5.Average():F2} %"), $"{result.Top1.Length}",
                isReference || GapOf(arm, results) is not { } ours ? "-" : $"{ours}",
                result.LeastAttention is { } least ? string.Create(CultureInfo.InvariantCulture, $"{least:F4}") : "-");
        }

        return table;
    }

    private IEnumerable<string> Notes(Dictionary<string, ArmResult> results)
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"top-1: mean ± standard deviation over the seeds, the paper's with its top-5 in brackets; gap recovered: (method - plain) / (float - plain) where float - plain is {RecoveredGap.LeastPoints} points or more, else the points over plain");
        foreach (var arm in Arms.Where(a => results[a.Name].LeastAttention < Freezer.SettledShare))
        {
            var result = results[arm.Name];
            yield return string.Create(CultureInfo.InvariantCulture,
                $"{arm.Title} has not settled: the least share on the lowest width is {result.LeastAttention:F4}; its mixture has {result.Mixture.Average():F2} %, which is not the accuracy of a network of that width");
        }
    }

    private JsonObject Json(Dictionary<string, ArmResult> results) => new()
    {
        ["command"] = settings.CommandLine,
        ["budget"] = settings.Budget,
        ["protocol"] = new JsonArray([.. Protocol.Lines(settings).Select(l => JsonValue.Create(l))]),
        ["rows"] = new JsonArray([.. comparisons.Select(c => (JsonNode)new JsonObject
        {
            ["table"] = c.Row.Table,
            ["row"] = c.Row.Number,
            ["arm"] = c.Own.Name,
            ["comparedWith"] = new JsonArray([.. c.Arms.Where(a => a != c.Own).Select(a => JsonValue.Create(a.Name))]),
        })]),
        ["arms"] = new JsonObject(Arms.Select(a => KeyValuePair.Create(a.Name, (JsonNode?)Json(a, results)))),
    };

    private static JsonObject Json(Arm arm, Dictionary<string, ArmResult> results)
    {
        var (c, result, gap) = (arm.Configuration, results[arm.Name], arm.Plain is null ? null : GapOf(arm, results));
        return new JsonObject
        {
            ["method"] = c.Method,
            ["model"] = c.Model,
            ["data"] = c.Data,
            ["weights"] = new JsonArray([.. c.Weights.Select(w => JsonValue.Create(w))]),
            ["activations"] = new JsonArray([.. c.Activations.Select(w => JsonValue.Create(w))]),
            ["lambda"] = c.Method == "dqa" ? c.Lambda : null,
            ["published"] = arm.Published is not { } p ? null : new JsonObject
            {
                ["row"] = p.Number,
                ["top1"] = Share(p.Top1),
                ["top5"] = p.Top5 is { } top5 ? Share(top5) : null,
                ["gapRecovered"] = arm.Plain is not null && PublishedGap(p) is { } theirs && theirs.IsWide ? Math.Round(theirs.Share, 4) : null,
            },
            ["seeds"] = new JsonArray([.. result.Seeds.Select(s => JsonValue.Create(s))]),
            ["top1"] = Numbers(result.Top1),
            ["mean"] = result.IsEmpty ? null : Share(result.Mean),
            ["deviation"] = result.Deviation is { } d ? Share(d) : null,
            ["top5"] = Numbers(result.Top5),
            ["mixtureTop1"] = Numbers(result.Mixture),
            ["overPlain"] = gap is { } g ? Share(g.Points) : null,
            ["gapRecovered"] = gap is { IsWide: true } wide ? Math.Round(wide.Share, 4) : null,
            ["leastAttention"] = result.LeastAttention,
            ["agreement"] = result.Agreement,
        };
    }

    private static RecoveredGap? PublishedGap(PaperRow? row) =>
        row is not null && PaperTables.PlainOf(row) is { } plain ? new RecoveredGap(PaperTables.FloatOf(row).Top1, plain.Top1, row.Top1) : null;

    private static RecoveredGap? GapOf(Arm arm, Dictionary<string, ArmResult> results) =>
        ArmResult.Gap(results[arm.Float!.Name], results[arm.Plain!.Name], results[arm.Name]);

    private static JsonArray Numbers(IEnumerable<double> percents) => new([.. percents.Select(p => JsonValue.Create(Share(p)))]);

    private static double Share(double percent) => Math.Round(percent / 100, 6);

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
