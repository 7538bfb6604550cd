using System.Diagnostics;

namespace BitAnneal.Cli.Tests;

/// <summary>The built tool, run as a process in a folder of its own that goes when the test ends.</summary>
public sealed class Tool : IDisposable
{
    /// <summary>Where the tool is started, and where its relative paths lead.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("bitanneal-test-").FullName;

    /// <summary>The command line of the tool itself, for a shell.</summary>
    public static string Command { get; } = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "bitanneal.dll")}'";

    public string PathOf(string name) => Path.Combine(Folder, name);

    public byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    public string Text(string name) => File.ReadAllText(PathOf(name));

    public string Write(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllBytes(PathOf(name), content);
        return PathOf(name);
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Runs the tool to its end; the arguments are separated by single spaces.</summary>
    public ToolResult Run(string arguments) => Start(arguments).Finish();

    public ToolProcess Start(string arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "bitanneal.dll"), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>Runs a line of shell, with variables set.</summary>
    public ToolResult Shell(string line, params (string Name, string Value)[] variables) => Start("/bin/sh", ["-c", line], variables).Finish();

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private ToolProcess Start(string file, string[] arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment.Remove("BITANNEAL_DATA");
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new ToolProcess(Process.Start(start)!);
    }
}
