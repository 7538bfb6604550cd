using System.Collections.Immutable;
using System.Globalization;
using BitAnneal.Training.Methods.BinaryRelax;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>How all arms of a comparison are trained, whatever their method: the paper's protocol (dqa.md, section 9), or a short one for a CPU.</summary>
internal static class Protocol
{
    /// <summary>ω of Binary-Relax per epoch in the paper. A short training rescales it, or Q₁ would end on a small share.</summary>
    private const double PaperGrowth = 1.02;

    private const int DefaultEpochs = 6;

    /// <summary>What the arms of a row have in common.</summary>
    public static RunConfiguration Of(PaperRow row, ReproduceSettings settings)
    {
        bool imageNet = row.Data == "imagenet";
        return new RunConfiguration
        {
            Model = imageNet ? $"{row.Network}-imagenet" : settings.IsPaper ? row.Network : "resnet20",
            Data = imageNet ? "imagefolder" : row.Data,
            DataDir = settings.DataDir,
            TrainImages = settings.TrainImages,
            TestImages = settings.TestImages,
            Method = "float",
            Weights = ["float"],
            Activations = ["float"],
            Epochs = settings.IsPaper ? imageNet ? 90 : 300 : settings.Epochs ?? DefaultEpochs,
            BatchSize = settings.IsPaper && imageNet ? 256 : 128,
            LearningRate = 0.1,
            Schedule = settings.IsPaper ? "step" : "cosine",
            Hold = settings.Hold ?? 0,
            WeightDecay = imageNet ? 1e-4 : 5e-4,
            ResizedCrop = imageNet,
            EvaluateEvery = settings.IsPaper ? 10 : 1,
            Compute = settings.Compute,
            Threads = settings.Threads,
            Device = settings.Device,
        };
    }

    /// <summary>The same protocol with a method and its quantizers.</summary>
    public static RunConfiguration Of(PaperRow row, PaperMethod method, ImmutableArray<string> weights, ImmutableArray<string> activations, ReproduceSettings settings)
    {
        var quantized = Of(row, settings) with { Weights = weights, Activations = activations, Edges = settings.Edges };
        return method switch
        {
            PaperMethod.Plain => quantized with { Method = "plain" },
            PaperMethod.BinaryRelax => quantized with { Method = "binary-relax", OmegaGrowth = settings.IsPaper ? PaperGrowth : null },
            _ => quantized with { Method = "dqa", Lambda = row.LambdaToUse },
        };
    }

    /// <summary>What the arms have in common, for people.</summary>
    public static IEnumerable<string> Lines(ReproduceSettings settings)
    {
        foreach (var c in settings.Rows.Select(r => Of(r, settings)).DistinctBy(c => (c.Model, c.Data)))
        {
            string rate = settings.IsPaper ? "0.1, a tenth after every third" : FormattableString.Invariant($"0.1, {c.WarmUp * 100:F0} % warm-up, cosine to 0{(c.Hold > 0 ? $" from {c.Hold * 100:F0} %" : "")}");
            yield return FormattableString.Invariant(
                $"{c.Data}: {c.Model} from scratch, {c.Epochs} epoch(s), batch {c.BatchSize}, SGD {c.Momentum}, decay {c.WeightDecay}, learning rate {rate}, {c.Compute}{Images(c)}");
        }

        if (!settings.IsPaper)
        {
            yield return $"the paper trained {string.Join(" and ", settings.Rows.Select(r => r.Network).Distinct())} for {(settings.Rows[0].Data == "imagenet" ? 90 : 300)} epochs: compare the order and the gap recovered, not the accuracies";
        }

        if (settings.Rows.All(r => r.Method == PaperMethod.FullPrecision))
        {
            yield break;
        }

        yield return "layers: every convolution and linear layer is quantized; first and last layer: " + settings.Edges switch
        {
            "8bit" => "weights and inputs at 8 bits (--edges 8bit)",
            "float" => "float32 (--edges float)",
            _ => "the same as all others (--edges same)",
        };
        yield return settings.IsPaper
            ? $"Binary-Relax: omega times {PaperGrowth} per epoch, as printed"
            : FormattableString.Invariant($"Binary-Relax: omega times {new BinaryRelaxOptions().GrowthFor(settings.Epochs ?? DefaultEpochs):F4} per epoch, rescaled to end where the paper's 300 epochs end");
        if (settings.Rows.Any(r => r.Method == PaperMethod.Dqa))
        {
            yield return "DQA: T from 100 to 0.03; penalty per-layer-mean, lambda/L times the sum of g.a over L tensors: the printed form, divided by all weights, is too weak to settle";
        }

        yield return "judged: the lowest width Q1 alone; momentum, weight decay, augmentation and which layers are quantized are not stated in the paper";
        foreach (var row in settings.Rows.Where(r => r is { Method: PaperMethod.Dqa, Lambda: null }))
        {
            yield return $"row {row.Number}: the paper prints no lambda; {PaperRow.AssumedLambda} is assumed";
        }
    }

    private static string Images(RunConfiguration c) =>
        c.TrainImages is null && c.TestImages is null ? "" : $", first {c.TrainImages?.ToString(CultureInfo.InvariantCulture) ?? "all"} training and {c.TestImages?.ToString(CultureInfo.InvariantCulture) ?? "all"} test images";
}
