namespace BitAnneal.Cli.Tests;

public sealed class InterruptionTests : IClassFixture<InterruptionTests.WholeRun>, IDisposable
{
    private const string Flags = "train --model quickstart --data synthetic --epochs 3 --train-images 256 --test-images 50 --batch-size 16 --threads 1 --activation-bits 2 --activation-range pact --out run";

    private readonly Tool tool = new();
    private readonly Tool whole;

    public InterruptionTests(WholeRun fixture) => whole = fixture.Tool;

    public void Dispose() => tool.Dispose();

    [TheoryWith("/bin/sh")]
    [InlineData("INT", "metrics.jsonl", 130)]
    [InlineData("TERM", "checkpoint.safetensors", 130)]
    [InlineData("HUP", "metrics.jsonl", 130)]
    [InlineData("KILL", "checkpoint.safetensors", 137)]
    public void AStoppedRunGoesOnToTheSameBytes(string signal, string whenThereIs, int code)
    {
        var process = tool.Start(Flags);
        Assert.True(process.WaitUntil(() => new FileInfo(tool.PathOf($"run/{whenThereIs}")) is { Exists: true, Length: > 0 }));
        process.Signal(signal);
        var stopped = process.Finish();
        Assert.Equal(code, stopped.Code);
        Assert.Equal(signal == "KILL" ? "" : "interrupted; the same command with --resume goes on\n", stopped.Error);
        Assert.True(File.Exists(tool.PathOf("run/checkpoint.safetensors")));
        Assert.False(File.Exists(tool.PathOf("run/model.onnx")));

        tool.Run($"{Flags} --resume").Succeeds();
        Assert.Equal(whole.Text("run/metrics.jsonl"), tool.Text("run/metrics.jsonl"));
        Assert.Equal(whole.Bytes("run/checkpoint.safetensors"), tool.Bytes("run/checkpoint.safetensors"));
        Assert.Equal(whole.Bytes("run/model.onnx"), tool.Bytes("run/model.onnx"));
    }

    [FactWith("/bin/sh")]
    public void ASecondSignalIsNoSecondFault()
    {
        var process = tool.Start(Flags);
        Assert.True(process.WaitUntil(() => new FileInfo(tool.PathOf("run/metrics.jsonl")) is { Exists: true, Length: > 0 }));
        process.Signal("INT");
        process.Signal("INT");
        var stopped = process.Finish();
        Assert.Equal(130, stopped.Code);
        Assert.Equal("interrupted; the same command with --resume goes on\n", stopped.Error);
        Assert.True(File.Exists(tool.PathOf("run/checkpoint.safetensors")));
    }

    [Fact]
    public void ACheckpointIsWrittenWithinAnEpochAsWell()
    {
        string flags = Flags.Replace("--epochs 3 --train-images 256", "--epochs 1 --train-images 20000 --checkpoint-minutes 0.0001", StringComparison.Ordinal);
        var process = tool.Start(flags);
        Assert.True(process.WaitUntil(() => File.Exists(tool.PathOf("run/checkpoint.safetensors"))));
        process.Signal("KILL");
        process.Finish();
        Assert.DoesNotContain("test.top1", tool.Text("run/metrics.jsonl"), StringComparison.Ordinal); // The epoch had not ended.
    }

    [Fact]
    public void AFinishedRunCanBeResumedWithoutChange()
    {
        byte[] model = whole.Bytes("run/model.onnx");
        whole.Run($"{Flags} --resume").Succeeds();
        Assert.Equal(model, whole.Bytes("run/model.onnx"));
    }

    [Theory]
    [InlineData("--lambda 1", "lambda is 1, was 5")]
    [InlineData("--weight-bits 3 --seed 2", "weightBits is 3, was 2", "seed is 2, was 1")]
    [InlineData("--train-images 500", "trainImages is 500, was 256")]
    public void ACheckpointOfAnotherConfigurationIsRefused(string change, params string[] parts)
    {
        string configuration = whole.Text("run/config.json");
        whole.Run($"train --config run/config.json --out run {change} --resume").Fails(2, ["--resume", .. parts]);
        Assert.Equal(configuration, whole.Text("run/config.json"));
    }

    [Fact]
    public void ADamagedCheckpointIsNamed()
    {
        foreach (string name in (string[])["run/config.json", "run/checkpoint.safetensors"])
        {
            tool.Write(name, whole.Bytes(name));
        }

        byte[] checkpoint = tool.Bytes("run/checkpoint.safetensors");
        tool.Write("run/checkpoint.safetensors", checkpoint[..(checkpoint.Length / 2)]);
        tool.Run($"{Flags} --resume").Fails(1, "checkpoint.safetensors", "truncated");
        tool.Write("run/checkpoint.safetensors", "");
        tool.Run($"{Flags} --resume").Fails(1, "checkpoint.safetensors", "no safetensors file");
        Assert.Empty(tool.Bytes("run/checkpoint.safetensors")); // It is not ours to remove.
    }

    [Fact]
    public void ACheckpointWithOneWrongBitIsNamedAndThePreviousOneUsed()
    {
        foreach (string name in (string[])["run/config.json", "run/checkpoint.safetensors"])
        {
            tool.Write(name, whole.Bytes(name));
        }

        byte[] checkpoint = tool.Bytes("run/checkpoint.safetensors");
        int step = checkpoint.AsSpan().IndexOf("\"step\":\"48\""u8) + 8;
        foreach (int place in (int[])[step, checkpoint.Length - 7])
        {
            byte[] damaged = [.. checkpoint];
            damaged[place] ^= 2;
            tool.Write("run/checkpoint.safetensors", damaged);
            tool.Run($"{Flags} --resume").Fails(1, "checkpoint.safetensors", "checksum");
        }

        tool.Write("run/checkpoint.previous.safetensors", whole.Bytes("run/checkpoint.previous.safetensors"));
        tool.Write($"run/checkpoint.safetensors.{Guid.NewGuid():N}.tmp", "half");
        tool.Write("run/mine.tmp", "precious");
        var result = tool.Run($"{Flags} --resume");
        Assert.Equal(0, result.Code);
        Assert.Contains("checkpoint.previous.safetensors", result.Error, StringComparison.Ordinal);
        Assert.Equal(whole.Bytes("run/model.onnx"), tool.Bytes("run/model.onnx"));
        Assert.Equal([tool.PathOf("run/mine.tmp")], Directory.GetFiles(tool.PathOf("run"), "*.tmp"));
    }

    [Fact]
    public void OtherDataAreRefusedByTheCheckpointItself()
    {
        tool.Write("run/checkpoint.safetensors", whole.Bytes("run/checkpoint.safetensors"));
        string flags = Flags.Replace("--test-images 50", "--test-images 40", StringComparison.Ordinal);
        tool.Run($"{flags} --resume").Fails(1, "data is [", "40 images", "50 images");
    }

    [Fact]
    public void AFolderTakesOneRunAtATime()
    {
        var first = tool.Start(Flags.Replace("--epochs 3", "--epochs 500", StringComparison.Ordinal));
        Assert.True(first.WaitUntil(() => File.Exists(tool.PathOf("run/checkpoint.safetensors"))));
        tool.Run(Flags).Fails(1, "another run is at work", "'run'");
        first.Signal("INT");
        Assert.Equal(130, first.Finish().Code);
    }

    public sealed class WholeRun : IDisposable
    {
        public WholeRun() => Tool.Run(Flags).Succeeds();

        public Tool Tool { get; } = new();

        public void Dispose() => Tool.Dispose();
    }
}
