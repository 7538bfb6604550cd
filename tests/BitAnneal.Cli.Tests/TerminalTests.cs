namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class TerminalTests(TinyRun run)
{
    private const char Escape = '\x1b';

    private readonly Tool tool = run.Tool;

    [FactWith("/bin/sh")]
    public void APipeGetsPlainTextWhateverTheEnvironmentSays()
    {
        var result = tool.Shell($"exec {Tool.Command} inspect run/model.onnx", ("GITHUB_ACTIONS", "true"), ("TERM", "xterm-256color"), ("COLORTERM", "truecolor")).Succeeds();
        Assert.DoesNotContain(Escape, result.Output);
        Assert.DoesNotContain('│', result.Output);
        Assert.DoesNotContain(Escape, run.Result.Output);
    }

    [FactWith("/bin/sh", "/usr/bin/script")]
    public void ATerminalGetsABarAndABoxAndLogLinesAbove()
    {
        var result = tool.Shell($"script -qec \"{Tool.Command} {TinyRun.Flags} --verbose --out terminal\" /dev/null", ("TERM", "xterm-256color")).Succeeds();
        Assert.Contains('│', result.Output);
        Assert.Contains("info: dqa epoch 2/2", result.Output, StringComparison.Ordinal);
    }

    [FactWith("/bin/sh", "/usr/bin/script")]
    public void NoColourIsUsedWhereNoneIsWanted()
    {
        var result = tool.Shell($"script -qec \"{Tool.Command} {TinyRun.Flags} --out colourless\" /dev/null", ("TERM", "xterm-256color"), ("NO_COLOR", "1")).Succeeds();
        Assert.DoesNotMatch($@"{Escape}\[([0-9;]*;)?[349][0-8][0-9;]*m", result.Output);
    }

    [FactWith("/bin/sh")]
    public void AReaderThatLeavesEarlyGetsNoComplaint()
    {
        foreach (string arguments in (string[])["inspect run/model.onnx --json", "--help", "eval run/model.onnx --data synthetic --test-images 50"])
        {
            Assert.Empty(tool.Shell($"{Tool.Command} {arguments} | head -1 > first").Succeeds().Error);
            Assert.NotEmpty(tool.Text("first"));
        }
    }

    [FactWith("/bin/sh", "/dev/full")]
    public void AnOutputThatTakesNothingIsAFailure() => tool.Shell($"exec {Tool.Command} inspect run/model.onnx > /dev/full").Fails(1, "No space left");

    [Fact]
    public void VerboseTellsEveryEpochOnStandardError()
    {
        var result = tool.Run($"{TinyRun.Flags} --verbose --out verbose").Succeeds();
        Assert.Equal(["info: dqa epoch 1/2", "info: dqa epoch 2/2"], result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(": top-1")[0]));
        Assert.DoesNotContain("info:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void VerboseShowsWhereAFailureCameFrom()
    {
        var result = tool.Run("inspect missing.onnx --verbose");
        Assert.Equal(1, result.Code);
        Assert.Contains("   at ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("error: there is no file 'missing.onnx'\n", result.Error, StringComparison.Ordinal);
    }
}
