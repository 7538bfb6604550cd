using System.CommandLine;
using BitAnneal.Data;
using BitAnneal.Models;

namespace BitAnneal.Cli.Console;

/// <summary>Options that several commands share. Every command gets its own objects.</summary>
internal sealed class CommonOptions
{
    /// <summary>More than any machine needs; libtorch takes any number and then dies of it.</summary>
    public const int MaxThreads = 1024;

    /// <summary>Names of the networks.</summary>
    public static IReadOnlyCollection<string> Models { get; } = [.. ModelCatalog.Entries.Select(e => e.Name)];

    /// <summary>Names of the places to compute.</summary>
    public static IReadOnlyCollection<string> Devices { get; } = ["cpu", "cuda"];

    /// <summary>Whether to tell more: every command takes it.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Tell what happens, and where a failure came from, on standard error.", Recursive = true };

    public Option<string?> Model { get; } = OptionKinds.OneOf("--model", "Network", Models);

    public Option<string?> Data { get; } = OptionKinds.OneOf("--data", "Dataset", DatasetCatalog.Names);

    public Option<string?> DataDir { get; } = new("--data-dir") { Description = $"Folder (or archive) with the dataset; default: the environment variable {DatasetCatalog.DirectoryVariable}." };

    public Option<int?> TrainImages { get; } = OptionKinds.Positive("--train-images", "Train on so many images only, drawn by the seed, of every class alike; default: all.");

    public Option<int?> TestImages { get; } = OptionKinds.Positive("--test-images", "Judge by so many test images only, of every class alike, the same ones every time; default: all.");

    public Option<int?> Threads { get; } = OptionKinds.Positive("--threads", "Threads to compute with; default: all cores.", MaxThreads);

    public Option<string?> Device { get; } = OptionKinds.OneOf("--device", "Where to compute", Devices);

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON." };
}
