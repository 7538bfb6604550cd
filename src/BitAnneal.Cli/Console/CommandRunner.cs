using System.CommandLine;
using BitAnneal.Cli.Commands;
using BitAnneal.Graphs;

namespace BitAnneal.Cli.Console;

/// <summary>Parses the command line, runs a command and turns faults into one line on standard error.</summary>
internal static class CommandRunner
{
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "Show where a failure came from.", Recursive = true };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Trains neural networks down to a few bits and runs them on integers.")
        {
            Verbose, QuickstartCommand.Create(), TrainCommand.Create(), EvalCommand.Create(), InspectCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string line in Faults(parsed).Distinct())
            {
                await System.Console.Error.WriteLineAsync($"error: {line}").ConfigureAwait(false);
            }

            await System.Console.Error.WriteLineAsync($"see 'bitanneal {string.Join(' ', PathOf(parsed.CommandResult.Command).Append("--help"))}'").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        try
        {
            // A run that is interrupted writes its checkpoint first: give it the time.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(5) };
            return await parsed.InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException && parsed.GetValue(Verbose))
            {
                await System.Console.Error.WriteLineAsync(e.ToString()).ConfigureAwait(false);
            }

            var (code, message) = Describe(e);
            await System.Console.Error.WriteLineAsync(message.ReplaceLineEndings(" ")).ConfigureAwait(false);
            return code;
        }
    }

    private static (int Code, string Message) Describe(Exception e) => e switch
    {
        UsageException => (ExitCodes.Usage, $"error: {e.Message}"),
        BitAnnealException or IOException or UnauthorizedAccessException => (ExitCodes.Failure, $"error: {e.Message}"),
        OperationCanceledException => (ExitCodes.Interrupted, "interrupted"),
        OutOfMemoryException => (ExitCodes.Failure, "error: out of memory; choose a smaller --batch-size"),
        _ => (ExitCodes.Failure, $"internal error: {e.GetType().Name}: {e.Message} (run with --verbose for the trace)"),
    };

    private static IEnumerable<string> Faults(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        foreach (string token in parsed.UnmatchedTokens)
        {
            bool isOption = token.StartsWith('-');
            string[] known = isOption
                ? [.. command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive))).Select(o => o.Name)]
                : [.. command.Subcommands.Select(c => c.Name)];
            yield return $"unknown {(isOption ? "option" : known.Length > 0 ? "command" : "argument")} '{token}'{NearestName.Hint(token, known)}";
        }

        foreach (var error in parsed.Errors.Where(e => !parsed.UnmatchedTokens.Any(t => e.Message.Contains($"'{t}'", StringComparison.Ordinal))))
        {
            yield return error.Message;
        }
    }

    private static IEnumerable<string> PathOf(Command command) => command is RootCommand ? [] : [.. command.Parents.OfType<Command>().SelectMany(PathOf), command.Name];
}
