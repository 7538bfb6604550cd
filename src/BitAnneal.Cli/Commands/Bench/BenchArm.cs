namespace BitAnneal.Cli.Commands.Bench;

/// <summary>Something that is timed.</summary>
/// <param name="Name">For people.</param>
/// <param name="Call">Runs one batch.</param>
internal sealed record BenchArm(string Name, Action Call);
