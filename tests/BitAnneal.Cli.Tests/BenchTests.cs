using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class BenchTests(TinyRun run)
{
    private readonly Tool tool = run.Tool;

    [Fact]
    public void AFrozenFileIsTimedStepByStepBesideOnnxRuntimeAndLibtorch()
    {
        var json = tool.Run("bench run/model.onnx --rounds 1 --against ort torch --json").Succeeds().Json;
        Assert.Equal("quickstart", json["network"]!.GetValue<string>());
        Assert.Equal((1, 1, 1), (json["threads"]!.GetValue<int>(), json["batch"]!.GetValue<int>(), json["rounds"]!.GetValue<int>()));
        double median = Number(json["milliseconds"]!, "median");
        Assert.True(median > 0);
        Assert.Equal(1000 / median, Number(json, "imagesPerSecond"), 1e-6 / median);
        Assert.True(Number(json, "workingBytes") > 32 * 32 * 3 && Number(json, "peakBytes") > Number(json, "workingBytes"));

        var layers = json["layers"]!.AsArray().Select(l => l!.AsObject()).ToArray();
        var counted = layers.Where(l => l["weightBits"] is not null).ToArray();
        Assert.Equal(["conv1", "conv2", "conv3", "conv4", "classifier"], counted.Select(l => l["node"]!.GetValue<string>()));
        Assert.Equal([8, 2, 2, 2, 2], counted.Select(l => l["activationBits"]!.GetValue<int>()));
        Assert.All(layers, l => Assert.True(Number(l, "milliseconds") >= 0 && l["kernel"]!.GetValue<string>().Length > 0));
        Assert.Equal(layers.Sum(l => Number(l, "weightBytes")), Number(json, "weightBytes"));
        double operations = counted.Sum(l => Number(l, "gigaOperationsPerSecond") * Number(l, "milliseconds") * 1e6);
        Assert.Equal(2 * 4_829_824, operations, 1);
        if (json["peak"] is JsonObject peak)
        {
            Assert.All(counted, l => Assert.Equal(Number(l, "gigaOperationsPerSecond") / Number(peak, "gigaOperationsPerSecond"), Number(l, "shareOfPeak"), 1e-9));
        }

        // With one round, the median of the ratios is the ratio of the medians.
        Assert.Equal(Number(json["ort"]!["int8"]!, "median") / median, Number(json["ratio"]!, "ortInt8"), 1e-9);
        Assert.Equal(Number(json["ort"]!["fp32"]!, "median") / median, Number(json["ratio"]!, "ortFp32"), 1e-9);
        Assert.Equal(Number(json["torch"]!["fp32"]!, "median") / median, Number(json["ratio"]!, "torchFp32"), 1e-9);
        Assert.False(json["disturbed"]!.GetValue<bool>());
    }

    [Fact]
    public void AKnownNetworkIsTimedWithRandomCodes()
    {
        string[] lines = tool.Run("bench --model lenet5 --weights 3 --activations 4 --edges 8bit --batch 2 --threads 2 --rounds 2").Succeeds().Output.Split('\n');
        string[] columns = Assert.Single(lines, l => l.StartsWith("conv2 ", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, l => l.StartsWith("lenet5 ", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("BitAnneal ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("ONNX Runtime", StringComparison.Ordinal));
        Assert.Equal(["3", "4"], columns.SkipLast(columns[^1] == "%" ? 4 : 3).TakeLast(2));
    }

    [Fact]
    public void FloatActivationsAreTimedToo()
    {
        var json = tool.Run("bench --model lenet5 --activations 32 --rounds 1 --json").Succeeds().Json;
        var counted = json["layers"]!.AsArray().Where(l => l!["weightBits"] is not null);
        Assert.All(counted, l => Assert.Equal(2, l!["weightBits"]!.GetValue<int>()));
        Assert.Equal([8, 32, 32, 32, 32], counted.Select(l => l!["activationBits"]!.GetValue<int>())); // The image is bytes.
        Assert.Null(json["ratio"]);
    }

    [FactWith("/bin/sh", "/proc/self/maps")]
    public void NoLibtorchIsLoaded()
    {
        var result = tool.Shell($"{Tool.Command} bench --model lenet5 --rounds 1 --against ort --json", ("LD_DEBUG", "files")).Succeeds();
        Assert.Contains("libonnxruntime", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("torch", result.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("bench", "--model", ".onnx")]
    [InlineData("bench run/model.onnx --model lenet5", "exclude")]
    [InlineData("bench run/model.onnx --weights 2 --edges same", "--weights belongs to --model", "--edges belongs to --model")]
    [InlineData("bench --model lenet", "'lenet'", "did you mean 'lenet5'?")]
    [InlineData("bench --model lenet5 --weights 9", "--weights", "'9'", "1 to 8")]
    [InlineData("bench --model lenet5 --activations 9", "activation bit width 9", "1..8", "32")]
    [InlineData("bench --model lenet5 --activations 0", "activation bit width 0")]
    [InlineData("bench --model lenet5 --edges 4bit", "'4bit'", "8bit")]
    [InlineData("bench --model lenet5 --against tflite", "'tflite'", "ort")]
    [InlineData("bench --model lenet5 --rounds 0", "--rounds", "'0'")]
    [InlineData("bench --model lenet5 --batch 5000", "--batch", "'5000'", "4096")]
    [InlineData("bench --model lenet5 --threads 0", "--threads", "'0'")]
    [InlineData("bench one.onnx two.onnx", "'two.onnx'")]
    public void AWrongCommandLineIsNamed(string arguments, params string[] parts) => tool.Run(arguments).Fails(2, parts);

    [Fact]
    public void AFileThatCannotBeReadIsNamed()
    {
        tool.Write("text.onnx", "this is no model");
        tool.Run("bench missing.onnx").Fails(1, "missing.onnx", "no file");
        tool.Run("bench text.onnx --against ort").Fails(1, "text.onnx", "no ONNX");
    }

    private static double Number(JsonNode json, string key) => json[key]!.GetValue<double>();
}
