using System.CommandLine;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Models;

namespace BitAnneal.Cli.Commands;

/// <summary>The flags of <c>train</c>: each overrides one key of the configuration.</summary>
internal sealed class TrainFlags
{
    private readonly List<Flag> flags = [];

    public TrainFlags()
    {
        var common = new CommonOptions();
        Text(new("--model") { Description = $"Network: {string.Join(", ", ModelCatalog.Entries.Select(e => e.Name))}." }, (c, v) => c with { Model = v });
        Text(new("--data") { Description = $"Dataset: {string.Join(", ", DatasetCatalog.Names)}." }, (c, v) => c with { Data = v });
        Text(common.DataDir, (c, v) => c with { DataDir = v });
        Text(new("--init") { Description = "Float weights to start from (.safetensors)." }, (c, v) => c with { Init = v });
        Text(CommonOptions.OneOf("--method", "Method: float, plain, binary-relax, dqa.", "float", "plain", "binary-relax", "dqa"), (c, v) => c with { Method = v });
        Number(Bits("--weight-bits", "Width of weights, 1 to 8, or 32 for float."), (c, v) => c with { WeightBits = v });
        Number(Bits("--activation-bits", "Width of activations, 1 to 8, or 32 for float."), (c, v) => c with { ActivationBits = v });
        Text(CommonOptions.OneOf("--activation-range", "Range of activations: minmax or pact.", "minmax", "pact"), (c, v) => c with { ActivationRange = v });
        List<string>("--float-layers", "Layers left in float32, by name.", (c, v) => c with { FloatLayers = [.. v] });
        List<int>("--widths", "Widths of the mixture, lowest first; default: n 2n 8.", (c, v) => c with { Widths = [.. v] });
        Real("--lambda", "DQA: strength of the attention penalty.", (c, v) => c with { Lambda = v });
        Text(CommonOptions.OneOf("--normalizer", "DQA: weighting of the penalty: per-layer-mean, layer-share, as-printed.", "per-layer-mean", "layer-share", "as-printed"), (c, v) => c with { Normalizer = v });
        Real("--omega-growth", "Binary-Relax: factor on omega per epoch.", (c, v) => c with { OmegaGrowth = v });
        Number(CommonOptions.Positive("--epochs", "Passes over the training images."), (c, v) => c with { Epochs = v });
        Number(CommonOptions.Positive("--batch-size", "Images per step."), (c, v) => c with { BatchSize = v });
        Real("--learning-rate", "Peak learning rate; default 0.1, or 0.02 with --init.", (c, v) => c with { LearningRate = v });
        Text(CommonOptions.OneOf("--schedule", "Learning rate over time: cosine, step, constant.", "cosine", "step", "constant"), (c, v) => c with { Schedule = v });
        Real("--weight-decay", "Decay of weights.", (c, v) => c with { WeightDecay = v });
        Number(new("--batch-norm-batches") { Description = "Batches to estimate batch normalisation anew before the freeze." }, (c, v) => c with { BatchNormBatches = v });
        Number(CommonOptions.Positive("--seed", "Seed of weights, order and augmentation."), (c, v) => c with { Seed = (ulong)v });
        Number(common.Threads, (c, v) => c with { Threads = v });
        Text(common.Device, (c, v) => c with { Device = v });
    }

    /// <summary>Adds all flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var flag in flags)
        {
            command.Options.Add(flag.Option);
        }
    }

    /// <summary>The configuration with every given flag applied.</summary>
    public RunConfiguration Apply(ParseResult parsed, RunConfiguration configuration) =>
        flags.Aggregate(configuration, (c, flag) => parsed.GetResult(flag.Option) is { Implicit: false } ? flag.Apply(parsed, c) : c);

    private void Text(Option<string?> option, Func<RunConfiguration, string, RunConfiguration> apply) =>
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!)));

    private void Number(Option<int?> option, Func<RunConfiguration, int, RunConfiguration> apply) =>
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!.Value)));

    private void Real(string name, string description, Func<RunConfiguration, double, RunConfiguration> apply)
    {
        var option = new Option<double>(name) { Description = description };
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option))));
    }

    private void List<T>(string name, string description, Func<RunConfiguration, T[], RunConfiguration> apply)
    {
        var option = new Option<T[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true };
        flags.Add(new Flag(option, (parsed, c) => apply(c, parsed.GetValue(option)!)));
    }

    private static Option<int?> Bits(string name, string description)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int bits) && bits != 32 && bits is not (>= 1 and <= Grid.MaxBits))
            {
                result.AddError($"{name} {bits} is outside 1..{Grid.MaxBits} (or 32 for float)");
            }
        });
        return option;
    }

    private sealed record Flag(Option Option, Func<ParseResult, RunConfiguration, RunConfiguration> Apply);
}
