using System.Globalization;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Reports;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>The rows of the paper, for <c>--list</c>.</summary>
internal static class RowList
{
    /// <summary>Prints rows as a table or as JSON.</summary>
    public static void Print(IReadOnlyCollection<PaperRow> rows, bool json)
    {
        if (json)
        {
            System.Console.WriteLine(new JsonArray([.. rows.Select(r => (JsonNode)Json(r))]).ToJsonString());
            return;
        }

        var table = new Table("table", "row", "method", "data", "network", "weights / activations", "lambda", "top-1", "top-5", "cpu budget");
        foreach (var row in rows)
        {
            table.Row(
                $"{row.Table}", $"{row.Number}", ReproductionReport.Method(row.Method), row.Data, row.Network, ReproductionReport.Quantizers(row), Number(row.Lambda), Number(row.Top1, "F1"), Number(row.Top5, "F1"),
                HasCpuBudget(row) ? "yes" : "with --data-dir of images");
        }

        Terminal.Print(table);
    }

    /// <summary>ImageNet does not come with a reader that can do without the user's copy.</summary>
    private static bool HasCpuBudget(PaperRow row) => row.Data != "imagenet";

    private static JsonObject Json(PaperRow row) => new()
    {
        ["table"] = row.Table,
        ["row"] = row.Number,
        ["method"] = ReproductionReport.Method(row.Method),
        ["data"] = row.Data,
        ["network"] = row.Network,
        ["weights"] = new JsonArray([.. row.Weights.Select(w => JsonValue.Create(w))]),
        ["activations"] = new JsonArray([.. row.Activations.Select(a => JsonValue.Create(a))]),
        ["lambda"] = row.Lambda,
        ["top1"] = Math.Round(row.Top1 / 100, 4),
        ["top5"] = row.Top5 is { } top5 ? Math.Round(top5 / 100, 4) : null,
        ["cpuBudget"] = HasCpuBudget(row),
    };

    private static string Number(double? value, string format = "G") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
