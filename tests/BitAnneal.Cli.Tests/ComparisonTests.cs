using BitAnneal.Cli.Commands;
using BitAnneal.Cli.Commands.Reproduce;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Tests;

public sealed class ComparisonTests
{
    [Theory]
    [InlineData(1, 1, "cifar10-resnet20-float")]
    [InlineData(1, 2, "cifar10-resnet20-float", "cifar10-resnet20-plain-w-minmax2", "cifar10-resnet20-binary-relax-w-minmax2_minmax4_minmax8")]
    [InlineData(1, 3, "cifar10-resnet20-float", "cifar10-resnet20-plain-w-minmax2", "cifar10-resnet20-binary-relax-w-minmax2_float")]
    [InlineData(1, 5, "cifar10-resnet20-float", "cifar10-resnet20-plain-w-minmax2", "cifar10-resnet20-binary-relax-w-minmax2_minmax4_minmax8", "cifar10-resnet20-dqa-w-minmax2_minmax4_minmax8-lambda5")]
    [InlineData(1, 25, "cifar100-resnet20-float", "cifar100-resnet20-plain-w-bwn", "cifar100-resnet20-binary-relax-w-bwn_twn_float", "cifar100-resnet20-dqa-w-bwn_twn_float-lambda30")]
    [InlineData(2, 7, "cifar10-resnet20-float", "cifar10-resnet20-plain-w-sawb2-a-pact2", "cifar10-resnet20-binary-relax-w-sawb2_float-a-pact2_float", "cifar10-resnet20-dqa-w-sawb2_sawb4_sawb8-a-pact2_pact4_pact8-lambda1")]
    [InlineData(3, 8, "imagefolder-resnet18-imagenet-float", "imagefolder-resnet18-imagenet-plain-w-bwn", "imagefolder-resnet18-imagenet-binary-relax-w-bwn_twn_minmax8", "imagefolder-resnet18-imagenet-dqa-w-bwn_twn_minmax8-lambda10")]
    [InlineData(4, 4, "imagefolder-resnet18-imagenet-float", "imagefolder-resnet18-imagenet-plain-w-minmax2-a-minmax2", "imagefolder-resnet18-imagenet-binary-relax-w-minmax2_float-a-minmax2_float", "imagefolder-resnet18-imagenet-dqa-w-minmax2_minmax4_minmax8-a-minmax2_minmax4_minmax8-lambda0.5")]
    public void ARowTakesFloatPlainBinaryRelaxAndItsOwn(int table, int row, params string[] arms) =>
        Assert.Equal(arms, Of(table, row).Arms.Select(a => a.Name));

    [Fact]
    public void RowsShareTheirArms()
    {
        var settings = Settings(1);
        var comparisons = settings.Rows.Select(r => Comparison.Of(r, settings)).ToList();
        var report = new ReproductionReport(settings, [.. comparisons]);
        Assert.Equal(Enumerable.Range(1, 28), report.Arms.Select(a => a.Published!.Number)); // Every row is an arm, and no arm is there twice.
        Assert.Empty(Of(2, 1).Own.Configuration.DifferencesFrom(Of(1, 1).Own.Configuration));
        Assert.Equal(Of(1, 1).Own.Name, Of(2, 1).Own.Name);
        Assert.Equal("runs", Path.GetDirectoryName(report.Arms[0].Folder("runs", 2).Path));
        Assert.All(comparisons.SelectMany(c => c.Arms), a => Assert.Equal(7ul, a.With(7).Seed));
    }

    [Fact]
    public void AnArmThatThePaperLacksStandsBehindItsReference()
    {
        var report = new ReproductionReport(Settings(3), [.. Settings(3).Rows.Select(r => Comparison.Of(r, Settings(3)))]);
        Assert.Equal(["float", "plain", "binary-relax", "dqa", "float", "plain", "binary-relax", "dqa", "plain", "binary-relax", "dqa"], report.Arms.Select(a => a.Configuration.Method));
        Assert.Equal([1, 2, 0, 3, 4, 5, 0, 6, 7, 0, 8], report.Arms.Select(a => a.Published?.Number ?? 0));
        var plain = Of(2, 10).Arms[1];
        Assert.Null(plain.Published);
        Assert.Equal(8.5, plain.Place);
    }

    [Fact]
    public void AllArmsOfARowDifferInTheMethodAlone()
    {
        foreach (var row in PaperTables.All)
        {
            var settings = Settings(row.Table) with { Edges = "8bit", Epochs = 3, Hold = 0.5, Compute = "bfloat16", TrainImages = 10, TestImages = 9 };
            var arms = Comparison.Of(row, settings).Arms;
            string[] allowed = ["method", "weights", "activations", "lambda", "omegaGrowth", "edges"];
            Assert.All(arms, a => Assert.DoesNotContain(a.Configuration.DifferencesFrom(arms[0].Configuration), d => !allowed.Contains(d.Split(' ')[0])));
            Assert.All(arms, a => Assert.Equal((3, 0.5, "bfloat16", 10, 9), (a.Configuration.Epochs, a.Configuration.Hold, a.Configuration.Compute, a.Configuration.TrainImages, a.Configuration.TestImages)));
            Assert.Equal(arms.Select(a => a.Configuration.Method == "float" ? "same" : "8bit"), arms.Select(a => a.Configuration.Edges));
            Assert.Equal("per-layer-mean", arms[^1].Configuration.Normalizer);
        }
    }

    [Theory]
    [InlineData(1, 5, "resnet18", "cifar10", 300, 128, 5e-4, 5.0)]
    [InlineData(1, 14, "resnet18", "cifar10", 300, 128, 5e-4, 5.0)]
    [InlineData(2, 10, "resnet18", "cifar100", 300, 128, 5e-4, 10.0)]
    [InlineData(3, 6, "mobilenetv2-imagenet", "imagefolder", 90, 256, 1e-4, 1.0)]
    [InlineData(4, 4, "resnet18-imagenet", "imagefolder", 90, 256, 1e-4, 0.5)]
    public void ThePapersBudgetIsThePapersProtocol(int table, int row, string model, string data, int epochs, int batch, double decay, double lambda)
    {
        var c = Of(table, row, "paper").Own.Configuration;
        Assert.Equal((model, data, epochs, batch, decay, lambda), (c.Model, c.Data, c.Epochs, c.BatchSize, c.WeightDecay, c.Lambda));
        Assert.Equal(("step", 0.1, null, 100, 0.03, "dqa"), (c.Schedule, c.LearningRate, c.Init, c.StartTemperature, c.EndTemperature, c.Method));
        Assert.Equal(1.02, Of(table, row, "paper").Arms[2].Configuration.OmegaGrowth);
        Assert.Null(Of(table, row).Arms[2].Configuration.OmegaGrowth); // Rescaled.
    }

    [Fact]
    public void EveryArmForCifarCanBeTrained() => Assert.All(
        PaperTables.All.Where(r => r.Data != "imagenet").SelectMany(r => Of(r.Table, r.Number).Arms).DistinctBy(a => a.Name), a => TrainingJob.Check(a.Configuration));

    [Theory]
    [InlineData("cpu", 5, 3)]
    [InlineData("paper", 5, 1)]
    [InlineData("paper", 11, 5)]
    public void SeedsAreThoseOfThePaperOrThree(string budget, int row, int seeds) =>
        Assert.Equal(seeds, (Settings(1) with { Budget = budget }).SeedsOf(Row(1, row)));

    [Fact]
    public void ASharedArmIsTrainedAsOftenAsTheRowThatNeedsItMost()
    {
        var settings = Settings(1) with { Budget = "paper" };
        var report = new ReproductionReport(settings, [.. settings.Rows.Select(r => Comparison.Of(r, settings))]);
        Assert.Equal([5, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 1, 1, 1], report.Arms.Take(14).Select(report.SeedsOf));
        Assert.Equal(28 + 8 * 4, PlannedRun.All(report.Arms, report.SeedsOf, "runs").Count());
    }

    [Fact]
    public void TheCommandLineSaysEverything()
    {
        var settings = Settings(1) with { Rows = [Row(1, 5)], Epochs = 2, Hold = 0.5, TrainImages = 100, DataDir = "my data", Threads = 2 };
        Assert.Equal("bitanneal reproduce dqa --table 1 --row 5 --budget cpu --epochs 2 --hold 0.5 --edges same --compute float32 --train-images 100 --data-dir 'my data' --device cpu --threads 2 --out runs", settings.CommandLine);
        Assert.Contains("--row all", Settings(1).CommandLine, StringComparison.Ordinal);
    }

    [Fact]
    public void MeanAndDeviationAreOverTheSeeds()
    {
        var result = new ArmResult([1, 2, 3], [70, 71, 75], [90, 91, 95], [70, 71, 75], 1, 1);
        Assert.Equal(72, result.Mean, 1e-9);
        Assert.Equal(Math.Sqrt(7), result.Deviation!.Value, 1e-9);
        Assert.Null((result with { Top1 = [70] }).Deviation);
        Assert.Null(ArmResult.Gap(result, null, result));
    }

    [Theory]
    [InlineData(12.2, "13 s")]
    [InlineData(600, "10 min")]
    [InlineData(9000, "2.5 h")]
    [InlineData(864_000, "10 days")]
    public void ADurationIsReadable(double seconds, string text) => Assert.Equal(text, TimeEstimate.Text(seconds));

    private static PaperRow Row(int table, int number) => PaperTables.All.Single(r => r.Table == table && r.Number == number);

    private static ReproduceSettings Settings(int table) => new() { Rows = [.. PaperTables.All.Where(r => r.Table == table)], Output = "runs" };

    private static Comparison Of(int table, int row, string budget = "cpu") => Comparison.Of(Row(table, row), Settings(table) with { Budget = budget });
}
