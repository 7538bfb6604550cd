using System.Globalization;
using BitAnneal.Onnx;
using BitAnneal.Tests;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Runs;
using TorchSharp;

namespace BitAnneal.Training.Tests;

/// <summary>What is written and compared is the same whatever the thread's culture. The numbers are those of de-DE, tr-TR and fa-IR, which a test host without language data lacks.</summary>
public sealed class CultureTests : IDisposable
{
    private readonly CultureInfo before = CultureInfo.CurrentCulture;
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string, string, string> Cultures { get; } = new()
    {
        { "de-DE", ",", ".", "-" },
        { "tr-TR", ",", ".", "-" },
        { "fa-IR", "\u066b", "\u066c", "\u200e\u2212" },
    };

    public void Dispose()
    {
        CultureInfo.CurrentCulture = before;
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void ARunIsTheSameAndGoesOnUnderAnotherCulture(string name, string point, string group, string minus)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var plain = Train(new RunFolder(folder["plain"]), resume: false);
        Use(point, group, minus);
        Assert.NotEqual("-0.5", $"{-0.5}");
        var other = Train(new RunFolder(folder[name]), resume: false);
        Assert.Equal(plain.Model, other.Model);
        Assert.Equal(File.ReadAllText(plain.Run.Metrics), File.ReadAllText(other.Run.Metrics));
        Assert.Equal(File.ReadAllBytes(plain.Run.Checkpoint), File.ReadAllBytes(other.Run.Checkpoint));
        Assert.Equal(plain.Model, Train(plain.Run, resume: true).Model); // Its checkpoint is no other run's.
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void NamesOfQuantizersAreReadAndWrittenAlike(string name, string point, string group, string minus)
    {
        Use(point, group, minus);
        var spec = QuantizerSpec.Parse("twn:0.7");
        Assert.True(spec.ToString() == "twn:0.7", $"{name}: {spec}");
        Assert.Empty(QuantizerRegistry.Faults([spec], SiteKind.Weight));
    }

    private static (RunFolder Run, byte[] Model) Train(RunFolder run, bool resume)
    {
        var plan = new QuantizationPlan { Weights = [.. new[] { "twn:0.7", "minmax4", "minmax8" }.Select(QuantizerSpec.Parse)], InitialClip = 2.5f };
        using var module = new Trainer(TinyTask.Options, TinyTask.Data()).Train(TinyTask.Network(), new DqaMethod(plan, new DqaOptions { Lambda = 2.5 }), torch.CPU, run.Create(), resume);
        return (run, OnnxExporter.ToBytes(Freezer.Freeze(module, allowUnsettled: true).Graph));
    }

    private static void Use(string point, string group, string minus)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator, culture.NumberFormat.NegativeSign) = (point, group, minus);
        (culture.NumberFormat.PercentDecimalSeparator, culture.NumberFormat.PercentGroupSeparator) = (point, group);
        CultureInfo.CurrentCulture = culture;
    }
}
