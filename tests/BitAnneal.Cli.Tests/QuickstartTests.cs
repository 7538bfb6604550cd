using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Tests;

public sealed class QuickstartTests : IDisposable
{
    private const string Flags = "quickstart --epochs 2 --train-images 128 --test-images 50 --threads 1";

    private readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void GivesATableASummaryAPageAndTheSameFileEveryTime()
    {
        var result = tool.Run($"{Flags} --out one").Succeeds();
        Assert.All((string[])["float32", "2 bits, plain", "2 bits, Binary-Relax", "2 bits, DQA", "DQA, frozen, on integers", "one/report.html"],
            row => Assert.Contains(row, result.Output, StringComparison.Ordinal));
        CheckSummary(JsonNode.Parse(tool.Text("one/summary.json"))!.AsObject());
        CheckReport(tool.Text("one/report.html"));

        var json = tool.Run($"{Flags} --json --out two").Succeeds().Json;
        Assert.Equal(JsonNode.Parse(tool.Text("two/summary.json"))!.ToJsonString(), json.ToJsonString());
        Assert.Equal(tool.Bytes("one/model.onnx"), tool.Bytes("two/model.onnx"));
        Assert.Equal(tool.Bytes("one/model.onnx"), tool.Bytes("one/dqa/model.onnx"));
    }

    private void CheckSummary(JsonObject summary)
    {
        string[] keys = [.. summary.SelectMany(group => group.Value!.AsObject().Select(p => $"{group.Key}.{p.Key}"))];
        Assert.Equal(
            [
                "float.top1", "plain.top1", "binaryRelax.top1", "dqa.top1", "gapRecovered.binaryRelax", "gapRecovered.dqa", "integer.top1", "integer.agreement",
                "bytes.float", "bytes.frozen", "milliseconds.integer", "milliseconds.float", "seconds.total",
            ], keys);
        double Value(string group, string key) => summary[group]![key]!.GetValue<double>();
        Assert.All((string[])["float", "plain", "binaryRelax", "dqa", "integer"], group => Assert.InRange(Value(group, "top1"), 0, 1));
        Assert.InRange(Value("integer", "agreement"), 0.9, 1);
        Assert.Equal(tool.Bytes("one/model.onnx").Length, Value("bytes", "frozen"));
        Assert.Equal(tool.Bytes("one/float/float.safetensors").Length, Value("bytes", "float"));
        double gap = Value("float", "top1") - Value("plain", "top1");
        Assert.Equal(gap > 0 ? (Value("dqa", "top1") - Value("plain", "top1")) / gap : 0, Value("gapRecovered", "dqa"), 1e-9);
    }

    private static void CheckReport(string html)
    {
        Assert.All((string[])["Attention on the lowest width", "Training loss", "<table", "DQA, frozen, on integers", "bitanneal quickstart --out one --epochs 2 --seed 1"],
            part => Assert.Contains(part, html, StringComparison.Ordinal));
        Assert.Equal(2, html.Split("<svg").Length - 1);
        Assert.DoesNotMatch("""<script|<link|<img|@import|url\(\s*['"]?http|(src|href)\s*=\s*['"](?!#|data:)""", html);
    }
}
