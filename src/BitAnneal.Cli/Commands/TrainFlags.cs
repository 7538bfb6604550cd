using System.CommandLine;
using BitAnneal.Cli.Console;
using BitAnneal.Training.Quantizers;

namespace BitAnneal.Cli.Commands;

/// <summary>The flags of <c>train</c>: each overrides one key of the configuration.</summary>
internal sealed class TrainFlags
{
    private readonly List<Flag> flags = [];
    private readonly Option[] modelAndData;

    public TrainFlags()
    {
        var common = new CommonOptions();
        modelAndData = [common.Model, common.Data];
        Text(common.Model, (c, v) => c with { Model = v });
        Text(common.Data, (c, v) => c with { Data = v });
        Text(common.DataDir, (c, v) => c with { DataDir = v });
        Whole(common.TrainImages, (c, v) => c with { TrainImages = v });
        Whole(common.TestImages, (c, v) => c with { TestImages = v });
        Text(new("--init") { Description = "Float weights to start from (.safetensors)." }, (c, v) => c with { Init = v });
        Text(OptionKinds.OneOf("--method", "Method", TrainingJob.Methods), (c, v) => c with { Method = v });
        Whole(OptionKinds.Whole("--weight-bits", "Width of weights, 1 to 8, or 32 for float."), (c, v) => c with { WeightBits = v });
        Whole(OptionKinds.Whole("--activation-bits", "Width of activations, 1 to 8, or 32 for float."), (c, v) => c with { ActivationBits = v });
        Text(OptionKinds.OneOf("--activation-range", "Range of activations", RunConfiguration.ActivationRanges), (c, v) => c with { ActivationRange = v });
        List(OptionKinds.Words("--weights", $"Quantizers of weights by name, lowest first, in place of --weight-bits: {Families(f => f.Weight)}."), (c, v) => c with { Weights = [.. v] });
        List(OptionKinds.Words("--activations", $"Quantizers of activations by name, lowest first, in place of --activation-bits: {Families(f => f.Activation)}."), (c, v) => c with { Activations = [.. v] });
        Text(OptionKinds.OneOf("--edges", "First and last layer", RunConfiguration.EdgePolicies), (c, v) => c with { Edges = v });
        List(OptionKinds.Words("--float-layers", "Layers left in float32, by name or pattern ('layer1.*')."), (c, v) => c with { FloatLayers = [.. v] });
        Real("--lambda", "DQA: strength of the attention penalty.", (c, v) => c with { Lambda = v });
        Real("--start-temperature", "DQA: temperature of the first step; default 100.", (c, v) => c with { StartTemperature = v });
        Real("--end-temperature", "DQA: temperature of the last step; default 0.03.", (c, v) => c with { EndTemperature = v });
        Text(OptionKinds.OneOf("--normalizer", "DQA: weighting of the penalty", RunConfiguration.Normalizers), (c, v) => c with { Normalizer = v });
        Text(OptionKinds.OneOf("--alpha-normalization", "DQA: division of alpha by its deviation", RunConfiguration.AlphaNormalizations), (c, v) => c with { AlphaNormalization = v });
        Real("--omega-growth", "Binary-Relax: factor on omega per epoch.", (c, v) => c with { OmegaGrowth = v });
        Whole(OptionKinds.Positive("--epochs", "Passes over the training images."), (c, v) => c with { Epochs = v });
        Whole(OptionKinds.Positive("--batch-size", "Images per step."), (c, v) => c with { BatchSize = v });
        Real("--learning-rate", "Peak learning rate; default 0.1, or 0.02 with --init.", (c, v) => c with { LearningRate = v });
        Text(OptionKinds.OneOf("--schedule", "Learning rate over time", RunConfiguration.Schedules), (c, v) => c with { Schedule = v });
        Real("--hold", "Cosine: share of the steps after which the rate falls; default 0.", (c, v) => c with { Hold = v });
        Real("--weight-decay", "Decay of weights.", (c, v) => c with { WeightDecay = v });
        Real("--label-smoothing", "Share of the loss that wants all classes alike; default 0.", (c, v) => c with { LabelSmoothing = v });
        Real("--mixup", "Alpha of mixup; default 0: none.", (c, v) => c with { Mixup = v });
        Text(new("--teacher") { Description = "Float weights of the same model to learn from as well (.safetensors)." }, (c, v) => c with { Teacher = v });
        Real("--average-decay", "Decay of a moving average of the weights, which is then judged and frozen; default 0: none.", (c, v) => c with { AverageDecay = v });
        Real("--gradient-limit", "Largest norm of all gradients together; default 0: no limit.", (c, v) => c with { GradientLimit = v });
        Whole(OptionKinds.Positive("--batches-per-step", "Batches whose gradients make one step; default 1."), (c, v) => c with { BatchesPerStep = v });
        Text(OptionKinds.OneOf("--compute", "Number format of convolutions and linear layers while training", RunConfiguration.ComputeTypes), (c, v) => c with { Compute = v });
        Whole(OptionKinds.Whole("--batch-norm-batches", "Batches to estimate batch normalisation anew before the freeze."), (c, v) => c with { BatchNormBatches = v });
        Whole(OptionKinds.Positive("--log-every", "Steps between two lines of metrics; default 10."), (c, v) => c with { LogEvery = v });
        Real("--checkpoint-minutes", "Minutes after which a checkpoint is written within an epoch as well; default 5; 0: at ends of epochs only.", (c, v) => c with { CheckpointMinutes = v });
        Whole(OptionKinds.Positive("--seed", "Seed of weights, order and augmentation."), (c, v) => c with { Seed = (ulong)v });
        Whole(common.Threads, (c, v) => c with { Threads = v });
        Text(common.Device, (c, v) => c with { Device = v });
    }

    private static string Families(Func<QuantizerFamily, QuantizerBuilder?> builder) =>
        string.Join(", ", QuantizerRegistry.Families.Where(f => builder(f) is not null).Select(f => f.FixedBits is null ? $"{f.Name}N" : f.Name));

    /// <summary>Adds all flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var flag in flags)
        {
            command.Options.Add(flag.Option);
        }
    }

    /// <summary>Whether the command line says what is trained, or on what.</summary>
    public bool NamesModelOrData(ParseResult parsed) => modelAndData.Any(o => parsed.GetResult(o) is { Implicit: false });

    /// <summary>The configuration with every given flag applied.</summary>
    public RunConfiguration Apply(ParseResult parsed, RunConfiguration configuration) =>
        flags.Aggregate(configuration, (c, flag) => parsed.GetResult(flag.Option) is { Implicit: false } ? flag.Apply(parsed, c) : c);

    private void Text(Option<string?> option, Func<RunConfiguration, string, RunConfiguration> apply) =>
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!)));

    private void Whole(Option<int?> option, Func<RunConfiguration, int, RunConfiguration> apply) =>
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!.Value)));

    private void Real(string name, string description, Func<RunConfiguration, double, RunConfiguration> apply)
    {
        var option = OptionKinds.Real(name, description);
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!.Value)));
    }

    private void List<T>(Option<T[]> option, Func<RunConfiguration, T[], RunConfiguration> apply) =>
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!)));

    private sealed record Flag(Option Option, Func<ParseResult, RunConfiguration, RunConfiguration> Apply);
}
