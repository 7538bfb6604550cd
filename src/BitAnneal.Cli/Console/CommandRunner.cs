using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using BitAnneal.Cli.Commands;
using BitAnneal.Cli.Commands.Bench;
using BitAnneal.Cli.Commands.Reproduce;
using BitAnneal.Graphs;

namespace BitAnneal.Cli.Console;

/// <summary>Parses the command line, runs a command and turns faults into one line on standard error.</summary>
internal static class CommandRunner
{
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("quickstart", QuickstartCommand.Create), ("train", TrainCommand.Create), ("eval", EvalCommand.Create), ("calibrate", CalibrateCommand.Create), ("inspect", InspectCommand.Create),
        ("bench", BenchCommand.Create), ("reproduce", ReproduceCommand.Create), ("figure", FigureCommand.Create),
    ];

    /// <summary>The command that the arguments name, else all. The flags of a training alone load libtorch: other commands start without it.</summary>
    /// <param name="args">Arguments of the tool.</param>
    public static RootCommand CreateRoot(params string[] args)
    {
        string? named = args.SkipWhile(a => a.StartsWith('-')).FirstOrDefault();
        int known = Array.FindIndex(Commands, c => c.Name == named);
        var root = new RootCommand("""
            Trains neural networks down to a few bits and runs them on integers.

            Example:
              bitanneal quickstart
            """)
        {
            CommonOptions.Verbose,
        };
        foreach (var (_, create) in known < 0 ? Commands : [Commands[known]])
        {
            root.Subcommands.Add(create());
        }

        root.SetAction(parsed => new HelpAction().Invoke(parsed)); // Set as the action itself, it would swallow a misspelt command.
        return root;
    }

    /// <summary>Runs the tool.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = CreateRoot(args).Parse(args);
        string[] faults = [.. Faults(parsed).Distinct()];
        if (faults.Length > 0)
        {
            string help = string.Join(' ', PathOf(parsed.CommandResult.Command).Append("--help"));
            Terminal.WriteError($"error: {string.Join("; ", faults)} (see 'bitanneal {help}')");
            return ExitCodes.Usage;
        }

        try
        {
            // The library's own handler of signals throws at the second one; and a run that is interrupted writes its checkpoint first, however long that takes.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            using var signals = parsed.Action is AsynchronousCommandLineAction ? new StopSignals() : null;
            return await parsed.InvokeAsync(configuration, signals?.Token ?? CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException && parsed.GetValue(CommonOptions.Verbose))
            {
                Terminal.WriteError(e.ToString());
            }

            // Commands of several trainings say themselves how to go on.
            var (code, message) = Describe(e, resumes: parsed.CommandResult.Command.Name == "train");
            Terminal.WriteError(message.ReplaceLineEndings(" "));
            return code;
        }
    }

    private static (int Code, string Message) Describe(Exception e, bool resumes) => e switch
    {
        UsageException => (ExitCodes.Usage, $"error: {e.Message}"),
        BitAnnealException or IOException or UnauthorizedAccessException => (ExitCodes.Failure, $"error: {e.Message}"),
        OperationCanceledException => (ExitCodes.Interrupted, resumes ? "interrupted; the same command with --resume goes on" : "interrupted"),
        OutOfMemoryException => (ExitCodes.Failure, "error: out of memory; choose a smaller --batch-size"),
        _ => (ExitCodes.Failure, $"internal error: {e.GetType().Name}: {e.Message} (run with --verbose for the trace)"),
    };

    private static IEnumerable<string> Faults(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value); // A misspelt option is taken for a file.
        string[] options = [.. taken.Where(t => t.StartsWith("--", StringComparison.Ordinal)), .. parsed.UnmatchedTokens.Where(t => t.StartsWith('-'))];
        string[] words = options.Length > 0 ? [] : [.. parsed.UnmatchedTokens]; // Behind an unknown option, a word is most likely its value.
        string[] knownOptions = [.. command.Options.Concat(command.Parents.OfType<Command>().SelectMany(p => p.Options.Where(o => o.Recursive))).Select(o => o.Name)];
        string[] knownWords = [.. command.Subcommands.Select(c => c.Name)];
        return
        [
            .. options.Select(t => $"unknown option '{t}'{HintOf(t, knownOptions)}"),
            .. words.Select(t => $"unknown {(knownWords.Length > 0 ? "command" : "argument")} '{t}'{NearestName.Hint(t, knownWords)}"),
            .. parsed.Errors.Select(e => e.Message).Where(m => !parsed.UnmatchedTokens.Any(t => m.Contains($"'{t}'", StringComparison.Ordinal))),
        ];
    }

    /// <summary>The nearest name; or, where none is near, the names that hold the same word: --bits for --weight-bits and --activation-bits.</summary>
    private static string HintOf(string given, string[] known)
    {
        string[] longer = [.. known.Where(k => k.EndsWith(given[1..], StringComparison.Ordinal) && given.Length > 3)];
        return longer.Length > 1 ? $"; did you mean '{string.Join("' or '", longer)}'?" : NearestName.Hint(given, known);
    }

    private static IEnumerable<string> PathOf(Command command) => command is RootCommand ? [] : [.. command.Parents.OfType<Command>().SelectMany(PathOf), command.Name];
}
