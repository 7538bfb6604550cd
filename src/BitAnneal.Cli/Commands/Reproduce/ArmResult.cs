using System.Collections.Immutable;
using System.Text.Json.Nodes;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>What the finished runs of an arm came to.</summary>
/// <param name="Seeds">Seeds of the runs.</param>
/// <param name="Top1">Top-1 of Q₁ alone in percent, one per seed.</param>
/// <param name="Top5">Top-5 of Q₁ alone in percent, one per seed.</param>
/// <param name="Mixture">Top-1 with the mixtures as they stood, in percent, one per seed.</param>
/// <param name="LeastAttention">Least final share on Q₁ of any tensor and seed; null for float.</param>
/// <param name="Agreement">Least share of images on which frozen file and training agree; null for float.</param>
internal sealed record ArmResult(ImmutableArray<int> Seeds, ImmutableArray<double> Top1, ImmutableArray<double> Top5, ImmutableArray<double> Mixture, double? LeastAttention, double? Agreement)
{
    public bool IsEmpty => Top1.IsEmpty;

    public double Mean => Top1.Average();

    /// <summary>Standard deviation over the seeds (n − 1); null for fewer than two.</summary>
    public double? Deviation => Top1.Length < 2 ? null : Math.Sqrt(Top1.Sum(x => (x - Mean) * (x - Mean)) / (Top1.Length - 1));

    /// <summary>Reads the summaries of the runs that are finished.</summary>
    public static ArmResult Read(Arm arm, string root, int seeds)
    {
        int[] finished = [.. Enumerable.Range(1, seeds).Where(s => File.Exists(arm.Folder(root, s).Summary))];
        JsonObject[] summaries = [.. finished.Select(s => SeriesRun.Summary(arm.Folder(root, s)))];
        static double Percent(JsonNode? share) => share!.GetValue<double>() * 100;
        return new ArmResult(
            [.. finished],
            [.. summaries.Select(s => Percent(s["top1"]))],
            [.. summaries.Select(s => s["top5"]).OfType<JsonNode>().Select(Percent)],
            [.. summaries.Select(s => Percent(s["mixture"]?["top1"] ?? s["top1"]))],
            summaries.Select(s => s["leastAttention"]?.GetValue<double>()).Min(),
            summaries.Select(s => s["integer"]?["agreement"]?.GetValue<double>()).Min());
    }

    /// <summary>The share of the gap that an arm closes; null where it, float or plain is missing.</summary>
    public static RecoveredGap? Gap(ArmResult? full, ArmResult? plain, ArmResult own) =>
        full is { IsEmpty: false } && plain is { IsEmpty: false } && !own.IsEmpty ? new RecoveredGap(full.Mean, plain.Mean, own.Mean) : null;
}
