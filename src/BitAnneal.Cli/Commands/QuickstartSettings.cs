namespace BitAnneal.Cli.Commands;

/// <summary>What the quickstart was told.</summary>
/// <param name="Output">Folder.</param>
/// <param name="Epochs">Epochs of each training.</param>
/// <param name="Seed">Seed of everything.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Json">Print the summary as JSON instead of a table.</param>
internal sealed record QuickstartSettings(string Output, int Epochs, ulong Seed, int Threads, bool Json);
