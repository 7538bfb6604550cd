using System.Text.Json;
using System.Text.Json.Nodes;
using BitAnneal.Graphs;
using BitAnneal.Training.Freezing;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Where one training left the attention a₁ on the lowest width.</summary>
/// <param name="Configuration">The training.</param>
/// <param name="Least">Least a₁ of any tensor.</param>
/// <param name="LeastTensor">The tensor that has it.</param>
/// <param name="Median">Median of a₁ over the tensors.</param>
/// <param name="SettledShare">Share of the tensors whose a₁ is at least <see cref="Freezer.SettledShare"/>.</param>
/// <param name="MixtureTop1">Top-1 of the mixture.</param>
/// <param name="Top1">Top-1 of the network collapsed to the lowest width.</param>
internal sealed record PenaltyPoint(RunConfiguration Configuration, double Least, string LeastTensor, double Median, double SettledShare, double MixtureTop1, double Top1)
{
    /// <summary>From the summary of a finished run.</summary>
    /// <exception cref="BitAnnealException">The summary does not list the attention of its tensors.</exception>
    public static PenaltyPoint Read(SeriesRun run)
    {
        var summary = SeriesRun.Summary(run.Folder);
        JsonObject?[] sites = [.. (summary["sites"] as JsonArray ?? []).Select(s => s as JsonObject)];
        (string Name, double Attention)[] tensors = [.. sites.Select(s => ($"{s?["name"]}", Number(s?["attention"])))];
        double mixture = Number((summary["mixture"] as JsonObject)?["top1"]);
        return tensors.Length > 0 && !double.IsNaN(mixture) && tensors.All(t => !double.IsNaN(t.Attention))
            ? Of(run.Configuration, tensors, mixture, Number(summary["top1"]))
            : throw new BitAnnealException($"'{run.Folder.Summary}' does not list the attention of its tensors; remove the folder to train again");
    }

    /// <summary>From the attention of every tensor.</summary>
    public static PenaltyPoint Of(RunConfiguration configuration, (string Name, double Attention)[] tensors, double mixtureTop1, double top1)
    {
        var least = tensors.MinBy(t => t.Attention);
        double[] sorted = [.. tensors.Select(t => t.Attention).Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, settled = (double)sorted.Count(a => a >= Freezer.SettledShare) / sorted.Length;
        return new PenaltyPoint(configuration, least.Attention, least.Name, median, settled, mixtureTop1, top1);
    }

    /// <summary>For programs.</summary>
    public JsonObject ToJson() => new()
    {
        ["network"] = Configuration.Model,
        ["reading"] = Configuration.Normalizer,
        ["lambda"] = Configuration.Lambda,
        ["leastAttention"] = Least,
        ["leastTensor"] = LeastTensor,
        ["medianAttention"] = Median,
        ["settledShare"] = SettledShare,
        ["mixtureTop1"] = MixtureTop1,
        ["top1"] = Top1,
    };

    private static double Number(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number ? node.GetValue<double>() : double.NaN;
}
