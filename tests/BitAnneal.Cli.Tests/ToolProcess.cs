using System.Diagnostics;

namespace BitAnneal.Cli.Tests;

/// <summary>A tool that runs.</summary>
public sealed class ToolProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;
    private readonly Task<string> output, error;

    public ToolProcess(Process process)
    {
        this.process = process;
        process.StandardInput.Close();
        output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Waits until something is true while the process runs, and says whether it came true before the process ended.</summary>
    public bool WaitUntil(Func<bool> condition)
    {
        while (!process.HasExited)
        {
            if (condition())
            {
                return true;
            }

            Thread.Sleep(5);
        }

        return false;
    }

    /// <summary>Sends a signal by its name, such as INT.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {process.Id}"]);
        kill.WaitForExit();
    }

    public ToolResult Finish()
    {
        using (process)
        {
            if (!process.WaitForExit(Patience))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"the tool still runs after {Patience}");
            }

            return new ToolResult(process.ExitCode, output.Result, error.Result);
        }
    }
}
