using System.Text.Json.Nodes;
using BitAnneal.Reports;

namespace BitAnneal.Cli.Commands;

/// <summary>What the quickstart found. Shares are fractions.</summary>
/// <param name="Float">Top-1 of float32.</param>
/// <param name="Plain">Top-1 of plain 2-bit training.</param>
/// <param name="BinaryRelax">Top-1 of Binary-Relax, collapsed.</param>
/// <param name="Dqa">Top-1 of DQA, collapsed.</param>
/// <param name="DqaMixture">Top-1 of DQA before the collapse.</param>
/// <param name="LeastAttention">Smallest final attention on the 2-bit quantizer.</param>
/// <param name="Integer">Top-1 of the frozen file on integers.</param>
/// <param name="Agreement">Share of images on which engine and simulation of the frozen network give the same answer.</param>
/// <param name="FloatBytes">Size of the float weights on disk.</param>
/// <param name="FrozenBytes">Size of the frozen file.</param>
/// <param name="IntegerMilliseconds">Median time of the engine for one image on one thread.</param>
/// <param name="FloatMilliseconds">The same for float32 under TorchSharp.</param>
/// <param name="Seconds">Time of the whole command.</param>
internal sealed record QuickstartFigures(
    double Float, double Plain, double BinaryRelax, double Dqa, double DqaMixture, double LeastAttention, double Integer, double Agreement,
    long FloatBytes, long FrozenBytes, double IntegerMilliseconds, double FloatMilliseconds, double Seconds)
{
    /// <summary>The share of the gap between plain training and float32 that a method closes; 0 where there is no gap.</summary>
    public double GapRecovered(double top1) => Float > Plain ? (top1 - Plain) / (Float - Plain) : 0;

    public Table ToTable() => new Table("network", "top-1", "gap recovered", "bytes", "ms per image")
        .Row("float32", Percent(Float), "-", $"{FloatBytes}", Milliseconds(FloatMilliseconds))
        .Row("2 bits, plain", Percent(Plain), "-", "-", "-")
        .Row("2 bits, Binary-Relax", Percent(BinaryRelax), Gap(BinaryRelax), "-", "-")
        .Row("2 bits, DQA", Percent(Dqa), Gap(Dqa), "-", "-")
        .Row("DQA, frozen, on integers", Percent(Integer), Gap(Integer), $"{FrozenBytes}", Milliseconds(IntegerMilliseconds))
        .Row("engine agrees with training", Percent(Agreement), "-", "-", "-");

    public JsonObject ToJson() => new()
    {
        ["float"] = new JsonObject { ["top1"] = Float },
        ["plain"] = new JsonObject { ["top1"] = Plain },
        ["binaryRelax"] = new JsonObject { ["top1"] = BinaryRelax },
        ["dqa"] = new JsonObject { ["top1"] = Dqa },
        ["gapRecovered"] = new JsonObject { ["binaryRelax"] = GapRecovered(BinaryRelax), ["dqa"] = GapRecovered(Dqa) },
        ["integer"] = new JsonObject { ["top1"] = Integer, ["agreement"] = Agreement },
        ["bytes"] = new JsonObject { ["float"] = FloatBytes, ["frozen"] = FrozenBytes },
        ["milliseconds"] = new JsonObject { ["integer"] = IntegerMilliseconds, ["float"] = FloatMilliseconds },
        ["seconds"] = new JsonObject { ["total"] = Seconds },
    };

    private string Gap(double top1) => Float > Plain ? Percent(GapRecovered(top1)) : "-";

    private static string Percent(double share) => FormattableString.Invariant($"{share * 100:F2} %");

    private static string Milliseconds(double value) => FormattableString.Invariant($"{value:F3}");
}
