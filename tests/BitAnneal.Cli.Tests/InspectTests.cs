using System.Text;
using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class InspectTests(TinyRun run)
{
    private readonly Tool tool = run.Tool;

    [Fact]
    public void AFrozenNetworkIsListedLayerByLayer()
    {
        string table = tool.Run("inspect run/model.onnx").Succeeds().Output;
        Assert.All((string[])["conv1", "conv4", "classifier", "total", "4,829,824"], word => Assert.Contains(word, table, StringComparison.Ordinal));

        var json = tool.Run("inspect run/model.onnx --json").Succeeds().Json;
        var layers = json["layers"]!.AsArray().Select(l => l!.AsObject()).ToArray();
        Assert.Equal(["conv1", "conv2", "conv3", "conv4", "classifier"], layers.Select(l => l["name"]!.GetValue<string>()));
        Assert.All(layers, l => Assert.Equal(2, Number(l, "weightBits")));
        Assert.Equal([8, 2, 2, 2, 2], layers.Select(l => Number(l, "activationBits"))); // The image enters at 8 bits.
        Assert.All(layers, l => Assert.Equal(3, l["weightGrid"]!["maxCode"]!.GetValue<int>()));
        Assert.All(layers, l => Assert.Equal(Number(l, "multiplyAccumulates") * Number(l, "weightBits") * Number(l, "activationBits"), Number(l, "bitOperations")));
        Assert.Equal(4_829_824, Number(json, "multiplyAccumulates"));
        Assert.Equal(layers.Sum(l => Number(l, "multiplyAccumulates")), Number(json, "multiplyAccumulates"));
        Assert.Equal(layers.Sum(l => Number(l, "bytes")), Number(json, "parameterBytes"));
        Assert.Equal(new FileInfo(run.Model).Length, Number(json, "fileBytes"));
    }

    [Fact]
    public void ANameCannotSteerTheTerminal()
    {
        // Names of one length: the lengths that the format writes before them stay right.
        byte[] evil = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(File.ReadAllBytes(run.Model))
            .Replace("quickstart", "\x1b[2J\nevil\x07", StringComparison.Ordinal).Replace("conv1", "\x1b[2J\n", StringComparison.Ordinal));
        Assert.NotEqual(File.ReadAllBytes(run.Model), evil);
        tool.Write("evil.onnx", evil);
        foreach (string arguments in (string[])["inspect evil.onnx", "inspect evil.onnx --json", "eval evil.onnx --data synthetic --test-images 5", "bench evil.onnx --rounds 1"])
        {
            var result = tool.Run(arguments);
            Assert.DoesNotContain(result.Output + result.Error, c => char.IsControl(c) && c != '\n');
            Assert.DoesNotContain(result.Output.Split('\n'), l => l.StartsWith("evil", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void FloatWeightsAreListedWithTheirModel()
    {
        var layers = tool.Run("inspect run/float.safetensors --model quickstart --json").Succeeds().Json["layers"]!.AsArray();
        Assert.Equal(5, layers.Count);
        Assert.All(layers, l => Assert.Equal(32, Number(l!.AsObject(), "weightBits")));
        Assert.All(layers, l => Assert.Null(l!["weightGrid"]));
    }

    private static long Number(JsonObject json, string key) => json[key]!.GetValue<long>();
}
