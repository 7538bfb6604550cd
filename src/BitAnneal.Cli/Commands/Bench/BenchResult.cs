using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>What a benchmark found.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="Settings">What was asked.</param>
/// <param name="Layers">Every step, on one thread and one image.</param>
/// <param name="Warnings">Of the session: what runs in a general and slow way.</param>
/// <param name="Engine">Time of the engine per image.</param>
/// <param name="WeightBytes">Weights as the engine holds them.</param>
/// <param name="WorkingBytes">Working memory of all threads.</param>
/// <param name="PeakBytes">The most memory that the process had, the runtime included, before ONNX Runtime or libtorch was loaded.</param>
/// <param name="Peak">What one thread can do; null where it cannot be measured.</param>
/// <param name="Rival">ONNX Runtime; null where it was not asked for.</param>
/// <param name="Torch">libtorch in float32; null where it was not asked for.</param>
internal sealed record BenchResult(
    string Network, BenchSettings Settings, IReadOnlyList<BenchLayer> Layers, IReadOnlyList<string> Warnings, ArmTimes Engine, long WeightBytes, long WorkingBytes, long PeakBytes,
    IntegerPeak? Peak, OrtTimes? Rival, ArmTimes? Torch)
{
    /// <summary>Quartiles this far apart, as a share of the median, tell of a disturbed run.</summary>
    public const double QuietSpread = 0.1;

    /// <summary>The arms whose times spread too far.</summary>
    public IEnumerable<ArmTimes> Disturbed => Arms.Where(a => a.Spread > QuietSpread);

    /// <summary>Everything that was timed.</summary>
    public IReadOnlyList<ArmTimes> Arms => [Engine, .. Rival is null ? Array.Empty<ArmTimes>() : [Rival.EightBit, Rival.Float], .. Torch is null ? Array.Empty<ArmTimes>() : [Torch]];

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["network"] = Network,
            ["threads"] = Settings.Threads,
            ["batch"] = Settings.Batch,
            ["rounds"] = Settings.Rounds,
            ["milliseconds"] = Engine.ToJson(),
            ["imagesPerSecond"] = 1000 / Engine.Median,
            ["weightBytes"] = WeightBytes,
            ["workingBytes"] = WorkingBytes,
            ["peakBytes"] = PeakBytes,
            ["disturbed"] = Disturbed.Any(),
            ["peak"] = Peak is null ? null : new JsonObject { ["gigaOperationsPerSecond"] = Peak.GigaOperations, ["instruction"] = Peak.Instruction },
            ["warnings"] = new JsonArray([.. Warnings.Select(w => (JsonNode)w)]),
            ["layers"] = new JsonArray([.. Layers.Select(l => (JsonNode)l.ToJson(Peak))]),
        };
        var ratios = new JsonObject();
        if (Rival is not null)
        {
            json["ort"] = new JsonObject { ["version"] = Rival.Version, ["int8"] = Rival.EightBit.ToJson(), ["fp32"] = Rival.Float.ToJson() };
            ratios["ortInt8"] = Rival.EightBit.RatioTo(Engine);
            ratios["ortFp32"] = Rival.Float.RatioTo(Engine);
        }

        if (Torch is not null)
        {
            json["torch"] = new JsonObject { ["version"] = TorchNetwork.Version, ["fp32"] = Torch.ToJson() };
            ratios["torchFp32"] = Torch.RatioTo(Engine);
        }

        if (ratios.Count > 0)
        {
            json["ratio"] = ratios;
        }

        return json;
    }
}
