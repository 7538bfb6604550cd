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

    [TheoryWith("/dev/full", "/bin/sh")]
    [InlineData("config.json")]
    [InlineData("checkpoint.safetensors")]
    [InlineData("model.onnx")]
    [InlineData("report.html")]
    public void AFullDiskLeavesNoHalfFile(string name)
    {
        // The temporary file is named after the process, which exec keeps: it leads to a device that is always full.
        var result = tool.Shell($"mkdir run && ln -s /dev/full run/{name}.$$.tmp && exec {Tool.Command} {TinyRun.Flags} --out run");
        result.Fails(1, name, "No space left");
        string[] left = [.. Directory.EnumerateFiles(tool.PathOf("run")).Select(f => Path.GetFileName(f)!)];
        Assert.DoesNotContain(name, left);
        Assert.DoesNotContain(left, f => f.EndsWith(".tmp", StringComparison.Ordinal));
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
