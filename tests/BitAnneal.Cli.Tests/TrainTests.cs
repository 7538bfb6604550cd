using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class TrainTests(TinyRun run)
{
    private readonly Tool tool = run.Tool;

    [Fact]
    public void ARunLeavesEverythingAndNothingElse()
    {
        string[] left = [.. Directory.EnumerateFiles(tool.PathOf("run")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.Equal([".lock", "checkpoint.previous.safetensors", "checkpoint.safetensors", "config.json", "float.safetensors", "metrics.jsonl", "model.onnx", "report.html", "summary.json"], left);
        Assert.Contains("frozen file, integers", run.Result.Output, StringComparison.Ordinal);
        Assert.Empty(run.Result.Error);
        Assert.All(File.ReadLines(tool.PathOf("run/metrics.jsonl")), line => Assert.True(JsonNode.Parse(line)!["step"]!.GetValue<int>() is >= 1 and <= 8));
        var summary = Read("run/summary.json");
        Assert.Equal(new FileInfo(run.Model).Length, summary["bytes"]!["frozen"]!.GetValue<long>());
        Assert.Equal(50, summary["integer"]!["total"]!.GetValue<int>());
        Assert.Contains("<svg", tool.Text("run/report.html"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheConfigurationIsCompleteAndGivesTheSameFileAgain()
    {
        var configuration = Read("run/config.json");
        Assert.All((string[])["model", "data", "method", "weightBits", "activationBits", "activationRange", "epochs", "batchSize", "learningRate", "momentum", "seed", "threads", "device"],
            key => Assert.NotNull(configuration[key]));
        tool.Run("train --config run/config.json --out again").Succeeds();
        Assert.Equal(tool.Text("run/config.json"), tool.Text("again/config.json"));
        Assert.Equal(tool.Text("run/metrics.jsonl"), tool.Text("again/metrics.jsonl"));
        Assert.Equal(tool.Bytes("run/model.onnx"), tool.Bytes("again/model.onnx"));
        Assert.Equal(tool.Bytes("run/float.safetensors"), tool.Bytes("again/float.safetensors"));
    }

    [Fact]
    public void AKeyThatTheFileLacksTakesItsDefault()
    {
        tool.Write("few.json", """{"epochs":2,"trainImages":128,"testImages":50,"batchSize":32,"threads":1,"activationBits":2,"activationRange":"pact"}""");
        tool.Run("train --config few.json --out few").Succeeds();
        Assert.Equal(tool.Text("run/config.json"), tool.Text("few/config.json"));
    }

    [Fact]
    public void LayersMayHaveQuantizersOfTheirOwn()
    {
        tool.Write("rules.json", """{"epochs":2,"trainImages":128,"testImages":50,"batchSize":32,"threads":1,"layers":[{"layers":"conv3","weights":["minmax4","minmax8"]}]}""");
        tool.Run("train --config rules.json --weights bwn twn float --edges 8bit --out rules").Succeeds();
        var layers = tool.Run("inspect rules/model.onnx --json").Succeeds().Json["layers"]!.AsArray();
        Assert.Equal([8, 1, 4, 1, 8], layers.Select(l => l!["weightBits"]!.GetValue<int>()));
        tool.Run("train --config rules/config.json --out again2").Succeeds();
        Assert.Equal(tool.Bytes("rules/model.onnx"), tool.Bytes("again2/model.onnx"));
    }

    [Fact]
    public void AFolderThatIsNoRunIsLeftAlone()
    {
        tool.Write("mine/model.onnx", "my only copy");
        tool.Run("train --config run/config.json --out mine").Fails(1, "mine/model.onnx", "choose another folder");
        Assert.Equal("my only copy", tool.Text("mine/model.onnx"));
    }

    [Fact]
    public void FlagsOverrideTheFile()
    {
        tool.Run("train --config run/config.json --method plain --seed 7 --learning-rate 0.05 --out other").Succeeds();
        var expected = Read("run/config.json");
        (expected["method"], expected["seed"], expected["learningRate"]) = ("plain", 7, 0.05);
        Assert.Equal(expected.ToJsonString(), Read("other/config.json").ToJsonString());
        Assert.NotEqual(tool.Bytes("run/model.onnx"), tool.Bytes("other/model.onnx"));
    }

    [Fact]
    public void AMixtureOfTwoIsReportedAsScheduled()
    {
        string output = tool.Run($"{TinyRun.Flags} --method dqa --weights minmax2 minmax8 --activations float --start-temperature 1 --end-temperature 0.02 --out two").Succeeds().Output;
        Assert.Contains("scheduled: 5 tensor(s)", output, StringComparison.Ordinal);
        Assert.All(Read("two/summary.json")["sites"]!.AsArray(), s => Assert.True(s!["scheduled"]!.GetValue<bool>()));
        Assert.All(Read("run/summary.json")["sites"]!.AsArray(), s => Assert.False(s!["scheduled"]!.GetValue<bool>()));
        Assert.Equal((1.0, 0.02), (Read("two/config.json")["startTemperature"]!.GetValue<double>(), Read("two/config.json")["endTemperature"]!.GetValue<double>()));
    }

    [Fact]
    public void EvaluationOfTheFrozenFileAgreesWithTheSummary()
    {
        var result = tool.Run("eval run/model.onnx --data synthetic --test-images 50 --json").Succeeds().Json;
        Assert.Equal(["correct", "total", "top1", "millisecondsPerImage"], result.Select(p => p.Key));
        var integer = Read("run/summary.json")["integer"]!;
        Assert.All((string[])["correct", "total", "top1"], key => Assert.Equal(integer[key]!.ToJsonString(), result[key]!.ToJsonString()));
        Assert.True(result["millisecondsPerImage"]!.GetValue<double>() > 0);
    }

    [Fact]
    public void AnotherSeedEvaluatesOnOtherSyntheticImages()
    {
        string Eval(string more) => tool.Run($"eval run/model.onnx --data synthetic --json {more}").Succeeds().Json["correct"]!.ToJsonString();
        Assert.Equal(Eval(""), Eval("--seed 1"));
        Assert.NotEqual(Eval("--seed 1"), Eval("--seed 2"));
    }

    [Fact]
    public void FloatTrainingGivesWeightsThatEvaluateAsTheSummarySays()
    {
        var summary = tool.Run($"{TinyRun.Flags} --method float --json --out float").Succeeds().Json; // The progress lines do not disturb the JSON.
        Assert.False(File.Exists(tool.PathOf("float/model.onnx")));
        var result = tool.Run("eval float/float.safetensors --model quickstart --data synthetic --test-images 50 --json").Succeeds().Json;
        Assert.Equal(summary["top1"]!.ToJsonString(), result["top1"]!.ToJsonString());
        string table = tool.Run("eval float/float.safetensors --model quickstart --data synthetic --test-images 50").Succeeds().Output;
        Assert.Contains($"{result["correct"]}", table, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunDoesNotOverwriteTheWeightsItStartsFrom()
    {
        byte[] weights = tool.Bytes("run/float.safetensors");
        tool.Run($"{TinyRun.Flags} --init run/float.safetensors --out run --overwrite").Fails(2, "run/float.safetensors", "--out");
        Assert.Equal(weights, tool.Bytes("run/float.safetensors"));
        tool.Run($"{TinyRun.Flags} --init run/float.safetensors --out tuned").Succeeds();
        Assert.Equal(0.02, Read("tuned/config.json")["learningRate"]!.GetValue<double>());
    }

    [Fact]
    public void AnotherRunInTheSameFolderLeavesNoResultOfTheFirst()
    {
        tool.Run($"{TinyRun.Flags} --method plain --out reused").Succeeds();
        tool.Run($"{TinyRun.Flags} --method float --out reused").Fails(2, "'reused'", "finished run", "--overwrite", "--resume");
        Assert.True(File.Exists(tool.PathOf("reused/model.onnx")));
        tool.Run($"{TinyRun.Flags} --method float --out reused --overwrite").Succeeds();
        Assert.False(File.Exists(tool.PathOf("reused/model.onnx")));
    }

    [Fact]
    public void ARunWithoutAFolderOfItsOwnGetsANewOne()
    {
        const string Name = "runs/quickstart-synthetic-float-seed9";
        string flags = $"{TinyRun.Flags} --method float --seed 9";
        tool.Run(flags).Succeeds();
        byte[] first = tool.Bytes($"{Name}/summary.json");
        tool.Run(flags).Succeeds();
        Assert.True(File.Exists(tool.PathOf($"{Name}-2/summary.json")));
        File.Delete(tool.PathOf($"{Name}-2/summary.json"));
        tool.Run($"{flags} --resume").Succeeds();
        Assert.True(File.Exists(tool.PathOf($"{Name}-2/summary.json")));
        Assert.False(Path.Exists(tool.PathOf($"{Name}-3")));
        Assert.Equal(first, tool.Bytes($"{Name}/summary.json"));
    }

    [Fact]
    public void ANetworkOfTooFewClassesIsNotJudged()
    {
        foreach (var (name, records) in new[] { ("train.bin", 50_000), ("test.bin", 10_000) })
        {
            tool.Write($"cifar100/{name}", "");
            using var file = File.OpenWrite(tool.PathOf($"cifar100/{name}"));
            file.SetLength(records * 3074L); // Holes: black images of class 0.
        }

        tool.Run("eval run/model.onnx --data cifar100 --data-dir cifar100").Fails(1, "10 classes", "100", "--data");
    }

    private JsonObject Read(string name) => JsonNode.Parse(tool.Text(name))!.AsObject();
}
