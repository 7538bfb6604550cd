namespace BitAnneal.Cli.Console;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Success = 0, Failure = 1, Usage = 2, Interrupted = 130;
}
