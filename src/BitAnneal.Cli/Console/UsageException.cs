namespace BitAnneal.Cli.Console;

/// <summary>The command line asks for something that cannot be: exit code 2.</summary>
/// <param name="message">One line that names the flag and what to do.</param>
internal sealed class UsageException(string message) : Exception(message);
