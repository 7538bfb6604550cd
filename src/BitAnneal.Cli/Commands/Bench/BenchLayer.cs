using System.Text.Json.Nodes;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>One step of a network, timed.</summary>
/// <param name="Time">What ran, and for how long.</param>
/// <param name="Cost">What a convolution or linear layer computes; null for other steps.</param>
internal sealed record BenchLayer(StepTime Time, LayerCost? Cost)
{
    /// <summary>Multiplications and additions per second in billions; 0 where there are none to count.</summary>
    public double GigaOperations => Cost is null ? 0 : 2e-6 * Cost.MultiplyAccumulates / Time.Milliseconds;

    /// <summary>Joins times and costs: a layer's cost goes to the step that holds its weights.</summary>
    public static IReadOnlyList<BenchLayer> Join(Graph graph, IReadOnlyList<StepTime> times)
    {
        var costs = NetworkCost.Measure(graph).Layers.ToDictionary(l => l.Name);
        return [.. times.Select(t => new BenchLayer(t, t.Step.WeightBytes > 0 ? costs.GetValueOrDefault(t.Step.Node) : null))];
    }

    public JsonObject ToJson(IntegerPeak? peak) => new()
    {
        ["node"] = Time.Step.Node,
        ["kernel"] = Time.Step.Implementation,
        ["weightBits"] = Cost?.WeightBits,
        ["activationBits"] = Cost?.ActivationBits,
        ["milliseconds"] = Time.Milliseconds,
        ["gigaOperationsPerSecond"] = Cost is null ? null : GigaOperations,
        ["shareOfPeak"] = Cost is null || peak is null ? null : GigaOperations / peak.GigaOperations,
        ["weightBytes"] = Time.Step.WeightBytes,
    };
}
