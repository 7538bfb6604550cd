using System.Collections.Immutable;

namespace BitAnneal.Training.Methods.Dqa.Paper;

/// <summary>
/// The results of the DQA paper (arXiv 2103.13322) as data. Accuracies in percent; all rows of Tables 2 and 4 quantize activations as well.
/// </summary>
public static class PaperTables
{
    private const string MinMax = "minmax2 minmax4 minmax8", Sawb = "sawb2 sawb4 sawb8", Bwn = "bwn twn float", Twn = "twn minmax4 minmax8";

    /// <summary>Table 1: weights only, ResNet18, CIFAR.</summary>
    public static ImmutableArray<PaperRow> Table1 { get; } = new PaperTable(1, activationsToo: false)
        .For("cifar10", "resnet18").Float(95.2)
        .Plain("minmax2", 91.5).Relax("minmax2 float", 93.0).Relax(MinMax, 93.7).Dqa(MinMax, 5, 94.8)
        .Plain("sawb2", 94.8).Relax(Sawb, 95.1).Dqa(Sawb, 1, 95.4)
        .Plain("bwn", 93.8).Relax(Bwn, 94.2).Dqa(Bwn, 5, 94.5)
        .Plain("twn", 94.3).Relax(Twn, 94.5).Dqa(Twn, null, 94.8)
        .For("cifar100", "resnet18").Float(77.9)
        .Plain("minmax2", 70.0).Relax("minmax2 float", 72.9).Relax(MinMax, 74.0).Dqa(MinMax, 10, 76.4)
        .Plain("sawb2", 77.0).Relax(Sawb, 77.3).Dqa(Sawb, 5, 78.1)
        .Plain("bwn", 75.0).Relax(Bwn, 75.3).Dqa(Bwn, 30, 75.9)
        .Plain("twn", 76.1).Relax(Twn, 76.3).Dqa(Twn, 20, 76.7)
        .Rows;

    /// <summary>Table 2: weights and activations at 2 bits, ResNet18, CIFAR. The paper has no plain min-max row for CIFAR-100.</summary>
    public static ImmutableArray<PaperRow> Table2 { get; } = new PaperTable(2, activationsToo: true)
        .For("cifar10", "resnet18").Float(95.2)
        .Plain("minmax2", 87.8).Relax("minmax2 float", 89.5).Dqa(MinMax, 5, 90.4)
        .Plain("sawb2", 94.4).Relax("sawb2 float", 94.3).Dqa(Sawb, 1, 94.7)
        .For("cifar100", "resnet18").Float(77.9)
        .Relax("minmax2 float", 65.2).Dqa(MinMax, 10, 68.3)
        .Plain("sawb2", 75.2).Relax("sawb2 float", 75.9).Dqa(Sawb, 5, 78.1)
        .Rows;

    /// <summary>Table 3: weights only, ImageNet.</summary>
    public static ImmutableArray<PaperRow> Table3 { get; } = new PaperTable(3, activationsToo: false)
        .For("imagenet", "resnet18").Float(69.9, 89.1).Plain("minmax2", 58.7, 81.9).Dqa(MinMax, 1, 66.9, 87.4)
        .For("imagenet", "mobilenetv2").Float(69.0, 89.0).Plain("minmax2", 44.2, 69.8).Dqa(MinMax, 1, 52.2, 77.1)
        .For("imagenet", "resnet18").Plain("bwn", 61.0, 83.5).Dqa("bwn twn minmax8", 10, 61.4, 83.7)
        .Rows;

    /// <summary>Table 4: weights and activations at 2 bits, ResNet18, ImageNet.</summary>
    public static ImmutableArray<PaperRow> Table4 { get; } = new PaperTable(4, activationsToo: true)
        .For("imagenet", "resnet18").Float(69.9, 89.1).Plain("minmax2", 40.7, 69.9).Relax("minmax2 float", 57.7, 81.5).Dqa(MinMax, 0.5, 60.4, 83.4)
        .Rows;

    /// <summary>All rows, by table and number.</summary>
    public static ImmutableArray<PaperRow> All { get; } = [.. Table1, .. Table2, .. Table3, .. Table4];

    /// <summary>The row of float32 that a row is measured against.</summary>
    public static PaperRow FloatOf(PaperRow row) => All.First(r => r.Method == PaperMethod.FullPrecision && r.HasNetworkOf(row));

    /// <summary>The row of plain training that a row is measured against; null where the paper has none.</summary>
    public static PaperRow? PlainOf(PaperRow row) => All.FirstOrDefault(r => r.Method == PaperMethod.Plain && r.HasSettingOf(row));

    /// <summary>The mixture that DQA uses in the setting of a quantized row; null for a float row.</summary>
    public static PaperRow? DqaOf(PaperRow row) => All.FirstOrDefault(r => r.Method == PaperMethod.Dqa && r.HasSettingOf(row));

    /// <summary>
    /// The Binary-Relax row to set a row beside: the one with the same mixture, else any in the same setting; null where the paper has none.
    /// </summary>
    public static PaperRow? RelaxOf(PaperRow row)
    {
        var candidates = All.Where(r => r.Method == PaperMethod.BinaryRelax && r.HasSettingOf(row));
        var mixture = row.Method == PaperMethod.Plain ? DqaOf(row)! : row;
        return candidates.OrderByDescending(r => r.HasMixtureOf(mixture)).FirstOrDefault();
    }
}
