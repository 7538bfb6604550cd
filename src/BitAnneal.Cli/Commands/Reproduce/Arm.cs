using System.Globalization;
using BitAnneal.Training.Methods.Dqa.Paper;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>One way to train one network, once per seed.</summary>
/// <param name="Configuration">What is trained; the seed is added per run.</param>
/// <param name="Published">The row of the paper that is trained like this; null where the paper has none.</param>
/// <param name="Float">The float arm that it is measured against; null for that arm itself.</param>
/// <param name="Plain">The plain arm that it is measured against; null for that arm itself and for float.</param>
internal sealed record Arm(RunConfiguration Configuration, PaperRow? Published, Arm? Float = null, Arm? Plain = null)
{
    /// <summary>Says what it is, so that rows that share an arm share its runs.</summary>
    public string Name { get; } = string.Join('-', Parts(Configuration));

    /// <summary>The method and what it mixes, for people.</summary>
    public string Title => Configuration.Method == "float" ? "float" : $"{Configuration.Method} {Quantizers}";

    /// <summary>Quantizers of weights and, where there are any, of activations.</summary>
    public string Quantizers => Configuration.Method == "float" ? "-"
        : string.Join(' ', Configuration.Weights) + (Configuration.Activations is ["float"] ? "" : $" / {string.Join(' ', Configuration.Activations)}");

    /// <summary>Where it stands in a table: at its row; behind what it is measured against where the paper has no row for it.</summary>
    public double Place => Published?.Number ?? (Plain?.Published ?? Float!.Published!).Number + 0.5;

    /// <summary>The configuration of one run.</summary>
    public RunConfiguration With(int seed) => Configuration with { Seed = (ulong)seed };

    /// <summary>The folder of one run.</summary>
    public RunFolder Folder(string root, int seed) => new(Path.Combine(root, $"{Name}-seed{seed}"));

    private static IEnumerable<string> Parts(RunConfiguration c) =>
    [
        c.Data, c.Model, c.Method,
        .. c.Method == "float" ? Array.Empty<string>() : ["w", string.Join('_', c.Weights)],
        .. c.Activations is ["float"] ? Array.Empty<string>() : ["a", string.Join('_', c.Activations)],
        .. c.Method == "dqa" ? ["lambda" + c.Lambda.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
    ];
}
