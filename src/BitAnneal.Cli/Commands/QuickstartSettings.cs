namespace BitAnneal.Cli.Commands;

/// <summary>What the quickstart was told.</summary>
/// <param name="Output">Folder.</param>
/// <param name="Epochs">Epochs of each training.</param>
/// <param name="Seed">Seed of everything.</param>
/// <param name="TrainImages">Training images; null for all.</param>
/// <param name="TestImages">Test images; null for all.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Json">Print the summary as JSON instead of a table.</param>
internal sealed record QuickstartSettings(string Output, int Epochs, ulong Seed, int? TrainImages, int? TestImages, int Threads, bool Json)
{
    /// <summary>The command that does the same again.</summary>
    public string CommandLine => $"bitanneal quickstart --out {Output} --epochs {Epochs} --seed {Seed}{Flag("--train-images", TrainImages)}{Flag("--test-images", TestImages)} --threads {Threads}";

    private static string Flag(string name, int? value) => value is null ? "" : $" {name} {value}";
}
