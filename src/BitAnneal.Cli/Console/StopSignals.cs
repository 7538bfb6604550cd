using System.Globalization;
using System.Runtime.InteropServices;

namespace BitAnneal.Cli.Console;

/// <summary>Turns the signals that ask a process to end into a token. Who asks again a second later means at once, and gets what the system does then.</summary>
internal sealed class StopSignals : IDisposable
{
    // Some senders signal the process and its group: what follows within this time is the same request.
    private const long SameRequestMilliseconds = 1000;

    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private long first = long.MaxValue;

    public StopSignals()
    {
        registrations.AddRange(new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(s => PosixSignalRegistration.Create(s, Handle)));
        if (!IsHangUpIgnored())
        {
            registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        registrations.ForEach(r => r.Dispose());
        source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        long now = Environment.TickCount64, earlier = Interlocked.CompareExchange(ref first, now, long.MaxValue);
        context.Cancel = earlier == long.MaxValue || now - earlier < SameRequestMilliseconds;
        if (earlier == long.MaxValue)
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work ended meanwhile.
            }
        }
    }

    /// <summary>Under nohup a run outlives its terminal: a handler would undo that.</summary>
    private static bool IsHangUpIgnored()
    {
        const string Key = "SigIgn:";
        try
        {
            return OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Key, StringComparison.Ordinal)) is { } line
                && ulong.TryParse(line[Key.Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong ignored) && (ignored & 1) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
