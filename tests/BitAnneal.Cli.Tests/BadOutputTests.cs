namespace BitAnneal.Cli.Tests;

public sealed class BadOutputTests : IDisposable
{
    private readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void AFileInTheWayOfTheFolderIsNamed()
    {
        tool.Write("file", "precious");
        tool.Run($"{TinyRun.Flags} --out file").Fails(1, "'file'");
        tool.Run($"{TinyRun.Flags} --out file/run").Fails(1, "'file/run'");
        tool.Run("quickstart --out file").Fails(1, "'file'");
        Assert.Equal("precious", tool.Text("file"));
    }

    [FactWith("/proc/self")]
    public void AFolderThatCannotBeWrittenIsNamed() => tool.Run($"{TinyRun.Flags} --out /proc/run").Fails(1, "/proc/run");

    [Fact]
    public void ADeviceThatIsNotThereLeavesNoFolder()
    {
        var result = tool.Run($"{TinyRun.Flags} --device cuda --out run");
        if (result.Code != 0) // A machine with a GPU may well train on it.
        {
            result.Fails(1, "--device cuda", "--device cpu");
            Assert.False(Path.Exists(tool.PathOf("run")));
        }
    }

    [TheoryWith("/usr/bin/unshare", "/bin/sh")]
    [InlineData("4k", "metrics.jsonl", ".lock config.json metrics.jsonl")]
    [InlineData("300k", "checkpoint.safetensors", ".lock config.json metrics.jsonl")]
    [InlineData("600k", "checkpoint.safetensors", ".lock checkpoint.safetensors config.json metrics.jsonl")] // The second one fails, the first stays.
    public void AFullDiskLeavesNoHalfFile(string size, string name, string left)
    {
        const string Mount = "mkdir disk && mount -t tmpfs -o size=";
        if (tool.Shell($"exec unshare -rm sh -c '{Mount}4k tmpfs disk'").Code != 0)
        {
            return; // No small disk can be had here.
        }

        Directory.Delete(tool.PathOf("disk"));
        string command = Tool.Command.Replace("'", "", StringComparison.Ordinal);
        var result = tool.Shell($"exec unshare -rm sh -c '{Mount}{size} tmpfs disk && {{ {command} {TinyRun.Flags} --out disk/run; code=$?; ls -A disk/run > left; exit $code; }}'");
        result.Fails(1, name, "No space left");
        Assert.Equal(left.Split(' '), tool.Text("left").Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [FactWith("/usr/bin/unshare", "/bin/sh")]
    public void ATemporaryFolderWithoutExecutionIsNamedOrNotNeeded()
    {
        const string Mount = "mkdir temp && mount -t tmpfs -o noexec tmpfs temp";
        if (tool.Shell($"exec unshare -rm sh -c '{Mount}'").Code != 0)
        {
            return; // No such folder can be had here.
        }

        Directory.Delete(tool.PathOf("temp"));
        string command = Tool.Command.Replace("'", "", StringComparison.Ordinal);
        var result = tool.Shell($"exec unshare -rm sh -c '{Mount} && TMPDIR={tool.PathOf("temp")} exec {command} {TinyRun.Flags} --out run'");
        if (result.Code != 0) // Another folder may well do.
        {
            result.Fails(1, "TMPDIR", "noexec");
        }
    }

    [FactWith("/bin/sh")]
    public void ATemporaryFolderThatIsNotThereIsNoInternalError()
    {
        var result = tool.Shell($"exec {Tool.Command} {TinyRun.Flags} --out run", ("TMPDIR", tool.PathOf("nowhere")));
        if (result.Code != 0) // Where the native library loads as it is, nobody needs the folder.
        {
            result.Fails(1, "nowhere", "TMPDIR");
        }
    }
}
