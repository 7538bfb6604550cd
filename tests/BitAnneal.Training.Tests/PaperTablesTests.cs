using System.Globalization;
using BitAnneal.Training.Methods.Dqa.Paper;
using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Tests;

public sealed class PaperTablesTests
{
    // Tables 1 to 4 as printed (dqa.md, section 11): table, network, data, method, Q1, Q2, Q3, lambda, top-1 (top-5).
    private const string Printed = """
        1 | R18 | C10 | float | FP (32) | - | - | - | 95.2
        1 | R18 | C10 | vanilla | min-max (2) | - | - | - | 91.5
        1 | R18 | C10 | BR | min-max (2) | FP (32) | - | - | 93.0
        1 | R18 | C10 | BR | min-max (2) | min-max (4) | min-max (8) | - | 93.7
        1 | R18 | C10 | DQA | min-max (2) | min-max (4) | min-max (8) | 5 | 94.8
        1 | R18 | C10 | vanilla | SAWB (2) | - | - | - | 94.8
        1 | R18 | C10 | BR | SAWB (2) | SAWB (4) | SAWB (8) | - | 95.1
        1 | R18 | C10 | DQA | SAWB (2) | SAWB (4) | SAWB (8) | 1 | 95.4
        1 | R18 | C10 | vanilla | BWN (1) | - | - | - | 93.8
        1 | R18 | C10 | BR | BWN (1) | TWN (2) | FP (32) | - | 94.2
        1 | R18 | C10 | DQA | BWN (1) | TWN (2) | FP (32) | 5 | 94.5
        1 | R18 | C10 | vanilla | TWN (2) | - | - | - | 94.3
        1 | R18 | C10 | BR | TWN (2) | min-max (4) | min-max (8) | - | 94.5
        1 | R18 | C10 | DQA | TWN (2) | min-max (4) | min-max (8) | - | 94.8
        1 | R18 | C100 | float | FP (32) | - | - | - | 77.9
        1 | R18 | C100 | vanilla | min-max (2) | - | - | - | 70.0
        1 | R18 | C100 | BR | min-max (2) | FP (32) | - | - | 72.9
        1 | R18 | C100 | BR | min-max (2) | min-max (4) | min-max (8) | - | 74.0
        1 | R18 | C100 | DQA | min-max (2) | min-max (4) | min-max (8) | 10 | 76.4
        1 | R18 | C100 | vanilla | SAWB (2) | - | - | - | 77.0
        1 | R18 | C100 | BR | SAWB (2) | SAWB (4) | SAWB (8) | - | 77.3
        1 | R18 | C100 | DQA | SAWB (2) | SAWB (4) | SAWB (8) | 5 | 78.1
        1 | R18 | C100 | vanilla | BWN (1) | - | - | - | 75.0
        1 | R18 | C100 | BR | BWN (1) | TWN (2) | FP (32) | - | 75.3
        1 | R18 | C100 | DQA | BWN (1) | TWN (2) | FP (32) | 30 | 75.9
        1 | R18 | C100 | vanilla | TWN (2) | - | - | - | 76.1
        1 | R18 | C100 | BR | TWN (2) | min-max (4) | min-max (8) | - | 76.3
        1 | R18 | C100 | DQA | TWN (2) | min-max (4) | min-max (8) | 20 | 76.7
        2 | R18 | C10 | float | FP (32) | - | - | - | 95.2
        2 | R18 | C10 | vanilla | min-max (2) | - | - | - | 87.8
        2 | R18 | C10 | BR | min-max (2) | FP (32) | - | - | 89.5
        2 | R18 | C10 | DQA | min-max (2) | min-max (4) | min-max (8) | 5 | 90.4
        2 | R18 | C10 | vanilla | PS (2) | - | - | - | 94.4
        2 | R18 | C10 | BR | PS (2) | FP (32) | - | - | 94.3
        2 | R18 | C10 | DQA | PS (2) | PS (4) | PS (8) | 1 | 94.7
        2 | R18 | C100 | float | FP (32) | - | - | - | 77.9
        2 | R18 | C100 | BR | min-max (2) | FP (32) | - | - | 65.2
        2 | R18 | C100 | DQA | min-max (2) | min-max (4) | min-max (8) | 10 | 68.3
        2 | R18 | C100 | vanilla | PS (2) | - | - | - | 75.2
        2 | R18 | C100 | BR | PS (2) | FP (32) | - | - | 75.9
        2 | R18 | C100 | DQA | PS (2) | PS (4) | PS (8) | 5 | 78.1
        3 | R18 | ImageNet | float | FP (32) | - | - | - | 69.9 (89.1)
        3 | R18 | ImageNet | vanilla | min-max (2) | - | - | - | 58.7 (81.9)
        3 | R18 | ImageNet | DQA | min-max (2) | min-max (4) | min-max (8) | 1 | 66.9 (87.4)
        3 | MV2 | ImageNet | float | FP (32) | - | - | - | 69.0 (89.0)
        3 | MV2 | ImageNet | vanilla | min-max (2) | - | - | - | 44.2 (69.8)
        3 | MV2 | ImageNet | DQA | min-max (2) | min-max (4) | min-max (8) | 1 | 52.2 (77.1)
        3 | R18 | ImageNet | vanilla | BWN (1) | - | - | - | 61.0 (83.5)
        3 | R18 | ImageNet | DQA | BWN (1) | TWN (2) | min-max (8) | 10 | 61.4 (83.7)
        4 | R18 | ImageNet | float | FP (32) | - | - | - | 69.9 (89.1)
        4 | R18 | ImageNet | vanilla | min-max (2) | - | - | - | 40.7 (69.9)
        4 | R18 | ImageNet | BR | min-max (2) | FP (32) | - | - | 57.7 (81.5)
        4 | R18 | ImageNet | DQA | min-max (2) | min-max (4) | min-max (8) | 0.5 | 60.4 (83.4)
        """;

    [Fact]
    public void EveryRowIsTheOneOfThePaper()
    {
        string[] printed = Printed.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal([28, 13, 8, 4], ((int[])[1, 2, 3, 4]).Select(t => PaperTables.All.Count(r => r.Table == t)));
        Assert.Equal(printed, PaperTables.All.Select(Print));
        Assert.All(PaperTables.All.GroupBy(r => r.Table), t => Assert.Equal(Enumerable.Range(1, t.Count()), t.Select(r => r.Number)));
    }

    [Fact]
    public void ActivationsAreQuantizedInTables2And4Only() => Assert.All(PaperTables.All, r => Assert.Equal(
        r.Table is 1 or 3 ? ["float"] : r.Weights.Select(w => w.Replace("sawb", "pact", StringComparison.Ordinal)), r.Activations));

    [Fact]
    public void EveryNameIsAQuantizerOfItsKind() => Assert.All(PaperTables.All, r => Assert.Empty(
        (string[])[
            .. QuantizerRegistry.Faults([.. r.Weights.Select(QuantizerSpec.Parse)], Methods.SiteKind.Weight),
            .. QuantizerRegistry.Faults([.. r.Activations.Select(QuantizerSpec.Parse)], Methods.SiteKind.Activation),
        ]));

    [Theory] // dqa.md, section 12: percent of the gap, of the Binary-Relax row (0 for none) and of DQA.
    [InlineData(1, 5, 59.5, 89.2)]
    [InlineData(1, 8, 75, 150)]
    [InlineData(1, 11, 28.6, 50.0)]
    [InlineData(1, 14, 22.2, 55.6)]
    [InlineData(1, 19, 50.6, 81.0)]
    [InlineData(1, 22, 33.3, 122)]
    [InlineData(1, 25, 10.3, 31.0)]
    [InlineData(1, 28, 11.1, 33.3)]
    [InlineData(2, 4, 23.0, 35.1)]
    [InlineData(2, 7, -12.5, 37.5)]
    [InlineData(2, 13, 25.9, 107)]
    [InlineData(3, 3, 0, 73.2)]
    [InlineData(3, 6, 0, 32.3)]
    [InlineData(3, 8, 0, 4.5)]
    [InlineData(4, 4, 58.2, 67.5)]
    public void TheGapRecoveredIsThatOfThePaper(int table, int number, double relax, double dqa)
    {
        var row = Row(table, number);
        Assert.Equal(PaperMethod.Dqa, row.Method);
        Assert.Equal(dqa, Gap(row).Share * 100, 0.51);
        Assert.Equal(relax, PaperTables.RelaxOf(row) is { } other ? Gap(other).Share * 100 : 0, 0.06);
    }

    [Fact]
    public void ANarrowGapGivesPointsInstead()
    {
        Assert.Equal("89.2 %", Gap(Row(1, 5)).ToString());
        Assert.Equal("+0.6 points", Gap(Row(1, 8)).ToString());
        Assert.Equal("-0.1 points", Gap(Row(2, 6)).ToString());
        Assert.Equal("0.0 points", new RecoveredGap(70, 69, 69).ToString());
        Assert.True(new RecoveredGap(72, 69, 70).IsWide);
    }

    [Fact]
    public void OneRowHasNoPlainRowAndOneLambdaIsMissing()
    {
        Assert.Equal([(2, 9), (2, 10)], PaperTables.All.Where(r => r.Method != PaperMethod.FullPrecision && PaperTables.PlainOf(r) is null).Select(r => (r.Table, r.Number)));
        Assert.Equal([(1, 14)], PaperTables.All.Where(r => r is { Method: PaperMethod.Dqa, Lambda: null }).Select(r => (r.Table, r.Number)));
        Assert.Equal(5, Row(1, 14).LambdaToUse);
        Assert.Equal((5, 1, 1), (Row(1, 11).Runs, Row(1, 5).Runs, Row(1, 1).Runs));
    }

    private static PaperRow Row(int table, int number) => PaperTables.All.Single(r => r.Table == table && r.Number == number);

    private static RecoveredGap Gap(PaperRow row) => new(PaperTables.FloatOf(row).Top1, PaperTables.PlainOf(row)!.Top1, row.Top1);

    private static string Print(PaperRow r)
    {
        string[] words =
        [
            $"{r.Table}", r.Network == "resnet18" ? "R18" : "MV2", r.Data switch { "cifar10" => "C10", "cifar100" => "C100", _ => "ImageNet" },
            r.Method switch { PaperMethod.FullPrecision => "float", PaperMethod.Plain => "vanilla", PaperMethod.BinaryRelax => "BR", _ => "DQA" },
            .. Enumerable.Range(0, 3).Select(k => k < r.Weights.Length ? Print(r.Weights[k], r.Table) : "-"),
            r.Lambda?.ToString(CultureInfo.InvariantCulture) ?? "-",
            FormattableString.Invariant($"{r.Top1:F1}{(r.Top5 is null ? "" : FormattableString.Invariant($" ({r.Top5:F1})"))}"),
        ];
        return string.Join(" | ", words);
    }

    private static string Print(string quantizer, int table) => quantizer switch
    {
        "float" => "FP (32)",
        "bwn" => "BWN (1)",
        "twn" => "TWN (2)",
        _ => $"{(quantizer.StartsWith("minmax", StringComparison.Ordinal) ? "min-max" : table == 1 ? "SAWB" : "PS")} ({quantizer[^1]})",
    };
}
