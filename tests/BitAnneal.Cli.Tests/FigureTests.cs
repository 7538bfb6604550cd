using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class FigureTests(TinyRun run)
{
    private readonly Tool tool = run.Tool;

    [Fact]
    public void TheErrorFigureHasPicturesNumbersAndATable()
    {
        var result = tool.Run("figure dqa --figure 2 --out errors").Succeeds();
        AssertFiles("errors", "figure2.csv", "figure2.png", "figure2.svg");
        Assert.Matches(@"2000 normal quantiles +0\.3 +0\.49794 +0\.36978 +0\.30107", result.Output);
        Assert.Contains("below that of Binary-Relax at 201 of the 201 temperatures", result.Output, StringComparison.Ordinal);
        Assert.Equal(1 + 2 * 201, File.ReadLines(tool.PathOf("errors/figure2.csv")).Count());
        Assert.Empty(result.Error);
    }

    [Fact]
    public void TheErrorFigureTakesATrainedLayer()
    {
        var vectors = tool.Run($"figure dqa --figure 2 --model quickstart --init {run.Weights} --tensor conv2.weight --out layer --json").Succeeds().Json["vectors"]!.AsArray();
        Assert.Equal("quickstart: conv2.weight", vectors[2]!["weights"]!.GetValue<string>());
        Assert.Equal(201, vectors[2]!["dqaBelowAt"]!.GetValue<int>());
    }

    [Fact]
    public void TheAttentionFigureReadsARun()
    {
        var result = tool.Run("figure dqa --figure 3 --run run --out attention --json").Succeeds().Json;
        AssertFiles("attention", "figure3a.csv", "figure3a.png", "figure3a.svg", "figure3b.csv", "figure3b.png", "figure3b.svg");
        Assert.Equal("conv1.weight", result["tensor"]!.GetValue<string>());
        var last = result["training"]!.AsArray()[^1]!;
        Assert.Equal(0.03, last["temperature"]!.GetValue<double>(), 1e-6);
        Assert.True(last["max"]!.GetValue<double>() > last["min"]!.GetValue<double>());
        Assert.Contains(result["notes"]!.AsArray(), n => n!.GetValue<string>().Contains("only 1 steps were logged", StringComparison.Ordinal));
    }

    [Fact]
    public void TheAttentionFigureTrainsWhenThereIsNoRun()
    {
        var result = tool.Run("figure dqa --figure 3 --epochs 1 --train-images 640 --threads 1 --tensor conv2.weight --out trained --json").Succeeds().Json;
        JsonNode[] training = [.. result["training"]!.AsArray().Select(n => n!)];
        Assert.Equal([1.0, 2, 5, 6, 7, 8, 9, 10], training.Select(t => t["step"]!.GetValue<double>())); // 640 images are ten steps, each of them logged.
        double[] distances = [.. training.Select(t => t["distanceToLowest"]!.GetValue<double>())];
        Assert.True(distances[^1] < 0.01 * distances[0], $"{distances[0]} {distances[^1]}");
        Assert.True(File.Exists(tool.PathOf("trained/figure3-run/metrics.jsonl")));
    }

    [Fact]
    public void ARunWithoutRangesIsDrawnWithTheLastOne()
    {
        var lines = File.ReadLines(tool.PathOf("run/metrics.jsonl")).Select(l => JsonNode.Parse(l)!.AsObject()).ToArray();
        foreach (var line in lines)
        {
            foreach (string key in line.Select(p => p.Key).Where(k => k.StartsWith("range/", StringComparison.Ordinal)).ToArray())
            {
                line.Remove(key);
            }
        }

        tool.Write("old/metrics.jsonl", string.Concat(lines.Select(l => l.ToJsonString() + "\n")));
        tool.Write("old/config.json", tool.Bytes("run/config.json"));
        tool.Write("old/float.safetensors", tool.Bytes("run/float.safetensors"));
        Assert.Contains("the range at its end", tool.Run("figure dqa --figure 3 --run old --out drawn").Succeeds().Output, StringComparison.Ordinal);
        tool.Run("figure dqa --figure 3 --run old --tensor conv2.in --out drawn").Fails(2, "'conv2.in'");
        File.Delete(tool.PathOf("old/float.safetensors"));
        tool.Run("figure dqa --figure 3 --run old --out drawn").Fails(1, "'old'", "'conv1.weight'");
    }

    [Fact]
    public void TheSurfaceFigureComparesThreeNetworks()
    {
        var result = tool.Run("figure dqa --figure 4 --grid 3 --train-images 20 --initialisations 2 --seed 5 --threads 1 --out surface --json").Succeeds().Json;
        AssertFiles("surface", "figure4-seed5.png", "figure4-seed5.svg", "figure4-seed6.png", "figure4-seed6.svg", "figure4.csv");
        Assert.Equal([5, 6], result["initialisations"]!.AsArray().Select(i => i!["seed"]!.GetValue<int>()));
        Assert.Equal(1 + 2 * 9, File.ReadLines(tool.PathOf("surface/figure4.csv")).Count());
        Assert.All(result["initialisations"]!.AsArray(), i => Assert.True(i!["float"]!["largest"]!.GetValue<double>() > i["float"]!["least"]!.GetValue<double>()));
    }

    [Theory]
    [InlineData("figure dqa --figure 5", "'5'", "2, 3, 4")]
    [InlineData("figure dqa", "--figure")]
    [InlineData("figure dqaa", "'dqaa'", "did you mean 'dqa'?")]
    [InlineData("figure dqa --figure 2 --run x --grid 7", "--run", "--grid", "figure 2")]
    [InlineData("figure dqa --figure 3 --run run --epochs 2 --model vgg7", "--epochs", "--model", "--run")]
    [InlineData("figure dqa --figure 2 --tensor conv1.weight", "--init")]
    [InlineData("figure dqa --figure 2 --init x.safetensors", "x.safetensors", "--model")]
    [InlineData("figure dqa --figure 2 --init x.onnx --model quickstart", "x.onnx", ".safetensors")]
    [InlineData("figure dqa --figure 4 --grid 2", "--grid", "2")]
    [InlineData("figure dqa --figure 4 --initialisations 0", "--initialisations", "'0'")]
    public void BadFlagsAreNamed(string arguments, params string[] parts) => tool.Run(arguments).Fails(2, parts);

    [Theory]
    [InlineData("--figure 3 --run nowhere", "'nowhere'")]
    [InlineData("--figure 2 --init nothing.safetensors --model quickstart", "'nothing.safetensors'")]
    public void WhatIsMissingIsNamed(string arguments, params string[] parts)
    {
        tool.Run($"figure dqa {arguments} --out missing").Fails(1, parts);
        Assert.False(Directory.Exists(tool.PathOf("missing")));
    }

    [Fact]
    public void ARunOfAnotherMethodHasNoAttention()
    {
        tool.Run($"{TinyRun.Flags} --method plain --out flat").Succeeds();
        tool.Run("figure dqa --figure 3 --run flat --out none").Fails(1, "no attention", "flat");
    }

    [Fact]
    public void DamagedMetricsAreNamed()
    {
        tool.Write("odd/config.json", tool.Bytes("run/config.json"));
        tool.Write("odd/metrics.jsonl", "{\"step\":1,\"temperature\":1,\"attention/\":1,\"attention/a/b\":1}\n");
        tool.Run("figure dqa --figure 3 --run odd --out none").Fails(1, "no attention", "odd");
        tool.Write("odd/metrics.jsonl", "{\"step\":1,\"temperature\":1,\"attention/a/2\":1,\"attention/a/4\":0}\n{\"step\":2,\"temperature\":1,\"attention/a/2\":1}\n");
        tool.Run("figure dqa --figure 3 --run odd --out none").Fails(1, "attention/a/4", "odd");
        File.Delete(tool.PathOf("odd/config.json"));
        tool.Run("figure dqa --figure 3 --run odd --out none").Fails(2, "config.json");
        Assert.False(Directory.Exists(tool.PathOf("none")));
    }

    private void AssertFiles(string folder, params string[] names)
    {
        Assert.Equal(names, Directory.EnumerateFiles(tool.PathOf(folder)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.All(names.Where(n => n.EndsWith(".png", StringComparison.Ordinal)), n => Assert.Equal("PNG"u8, tool.Bytes($"{folder}/{n}")[1..4]));
    }
}
