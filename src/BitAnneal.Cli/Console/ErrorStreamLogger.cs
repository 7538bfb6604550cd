using Microsoft.Extensions.Logging;

namespace BitAnneal.Cli.Console;

/// <summary>Writes log lines to standard error: all that happens when the user asked for it, else warnings only.</summary>
/// <param name="least">The least level that is written.</param>
internal sealed class ErrorStreamLogger(LogLevel least) : ILoggerProvider, ILogger
{
    /// <summary>Loggers for a command.</summary>
    public static ILoggerFactory Factory(bool verbose) => new LoggerFactory([new ErrorStreamLogger(verbose ? LogLevel.Information : LogLevel.Warning)]);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Terminal.WriteError($"{(logLevel >= LogLevel.Error ? "error" : logLevel == LogLevel.Warning ? "warning" : "info")}: {formatter(state, exception).ReplaceLineEndings(" ")}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
