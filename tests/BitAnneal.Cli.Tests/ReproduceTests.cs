using System.Text.Json.Nodes;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Tests;

public sealed class ReproduceTests(ReproduceTests.TinyReproduction fixture) : IClassFixture<ReproduceTests.TinyReproduction>
{
    private const string Small = "--data-dir data --epochs 1 --train-images 32 --test-images 20 --seeds 2 --threads 1";
    private const string Float = "cifar10-resnet20-float", Plain = "cifar10-resnet20-plain-w-bwn";

    private readonly Tool tool = fixture.Tool;

    [Fact]
    public void TheRowStandsBesideThePaper()
    {
        string output = fixture.Result.Output;
        Assert.Empty(fixture.Result.Error);
        Assert.All((string[])["table 1 row 11: dqa bwn twn float on cifar10, resnet18, lambda 5: 94.5 % in the paper", "estimated time: ", "per-layer-mean", "--edges same", "8 of 8 trainings to do", "94.5 %", "+0.7 points", "out/results.md"],
            part => Assert.Contains(part, output, StringComparison.Ordinal));
        Assert.True(output.IndexOf("estimated time", StringComparison.Ordinal) < output.IndexOf("[1/8]", StringComparison.Ordinal));
        string page = fixture.Page;
        Assert.All((string[])["| 11 | cifar10 | dqa | bwn twn float | 5 | 94.5 % |", "| 10 | cifar10 | binary-relax |", "| 9 | cifar10 | plain |", "| 1 | cifar10 | float |", " ± ", "bitanneal reproduce dqa --table 1 --row 11"],
            part => Assert.Contains(part, page, StringComparison.Ordinal));
    }

    [Fact]
    public void TheResultsAreThoseOfTheRuns()
    {
        var arms = fixture.Results["arms"]!.AsObject();
        Assert.Equal(["float", "plain", "binary-relax", "dqa"], arms.Select(a => (string?)a.Value!["method"]));
        foreach (var (name, arm) in arms)
        {
            double[] runs = [.. Enumerable.Range(1, 2).Select(s => JsonNode.Parse(tool.Text($"out/{name}-seed{s}/summary.json"))!["top1"]!.GetValue<double>())];
            Assert.Equal(runs, arm!["top1"]!.AsArray().Select(v => v!.GetValue<double>()));
            Assert.All(arm["top5"]!.AsArray().Zip(runs), r => Assert.InRange(r.First!.GetValue<double>(), r.Second, 1));
            Assert.Equal(runs.Average(), arm["mean"]!.GetValue<double>(), 1e-6);
            Assert.Equal(Math.Abs(runs[0] - runs[1]) / Math.Sqrt(2), arm["deviation"]!.GetValue<double>(), 1e-6);
        }

        var dqa = arms["cifar10-resnet20-dqa-w-bwn_twn_float-lambda5"]!;
        Assert.Equal((0.945, 11), (dqa["published"]!["top1"]!.GetValue<double>(), dqa["published"]!["row"]!.GetValue<int>()));
        Assert.InRange(dqa["leastAttention"]!.GetValue<double>(), 0, 1);
        Assert.Equal([Float, Plain, "cifar10-resnet20-binary-relax-w-bwn_twn_float"], fixture.Results["rows"]![0]!["comparedWith"]!.AsArray().Select(a => (string?)a));
    }

    [Fact]
    public void WhatIsFinishedIsNotTrainedAgain()
    {
        DateTime Written(string name) => File.GetLastWriteTimeUtc(tool.PathOf($"out/{name}-seed2/summary.json"));
        var before = (Written(Float), Written(Plain));
        var again = tool.Run($"reproduce dqa --table 1 --row 9 {Small} --out out --json").Succeeds();
        Assert.Contains("0 of 6 trainings to do", again.Error, StringComparison.Ordinal);
        Assert.Equal(before, (Written(Float), Written(Plain)));
        Assert.Equal(fixture.Results["arms"]![Plain]!.ToJsonString(), again.Json["arms"]![Plain]!.ToJsonString());
    }

    [Fact]
    public void AFolderOfAnotherRunIsRefused()
    {
        string flags = $"reproduce dqa --table 1 --row 1 {Small} --out out".Replace("--epochs 1", "--epochs 2", StringComparison.Ordinal);
        tool.Run(flags).Fails(2, $"{Float}-seed1", $"{Float}-seed2", "epochs is 2, was 1", "--out");
        tool.Write($"bad/{Float}-seed1/config.json", tool.Text($"out/{Float}-seed1/config.json"));
        tool.Write($"bad/{Float}-seed1/summary.json", tool.Text($"out/{Plain}-seed1/summary.json"));
        tool.Run($"reproduce dqa --table 1 --row 1 {Small} --out bad").Fails(2, "summary.json does not belong");
        tool.Write($"bad/{Float}-seed1/summary.json", "{");
        tool.Run($"reproduce dqa --table 1 --row 1 {Small} --out bad").Fails(1, "summary.json", "damaged");
    }

    [FactWith("/bin/sh")]
    public void AStoppedCommandSaysHowToGoOnAndDoes()
    {
        const string Flags = "reproduce dqa --table 1 --row 1 --data-dir data --epochs 12 --train-images 32 --test-images 20 --seeds 1 --threads 1 --out stopped";
        var process = tool.Start(Flags);
        Assert.True(process.WaitUntil(() => File.Exists(tool.PathOf($"stopped/{Float}-seed1/checkpoint.safetensors"))));
        process.Signal("INT");
        var stopped = process.Finish();
        Assert.Equal(130, stopped.Code);
        Assert.Contains("stopped with 1 of 1 trainings left; go on with: bitanneal reproduce dqa --table 1 --row 1", stopped.Error, StringComparison.Ordinal);
        Assert.EndsWith("--out stopped --resume\ninterrupted\n", stopped.Error, StringComparison.Ordinal);

        tool.Run(Flags).Fails(2, $"{Float}-seed1", "interrupted", "--resume");
        tool.Run($"{Flags} --resume").Succeeds();
        Assert.Contains("\"epoch\":12,", File.ReadLines(tool.PathOf($"stopped/{Float}-seed1/metrics.jsonl")).Last(), StringComparison.Ordinal);
        Assert.True(File.Exists(tool.PathOf($"stopped/{Float}-seed1/summary.json")));
    }

    [Fact]
    public void TheListHasEveryRow()
    {
        var all = JsonNode.Parse(tool.Run("reproduce dqa --list --json").Succeeds().Output)!.AsArray();
        Assert.Equal(PaperTables.All.Select(r => (r.Table, r.Number, r.Data != "imagenet")), all.Select(r => (r!["table"]!.GetValue<int>(), r["row"]!.GetValue<int>(), r["cpuBudget"]!.GetValue<bool>())));
        string[] lines = tool.Run("reproduce dqa --list --table 4").Succeeds().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, lines.Length);
        Assert.Matches(@"^ +4 +4 +dqa +imagenet +resnet18 +minmax2 minmax4 minmax8 / minmax2 minmax4 minmax8 +0\.5 +60\.4 +83\.4 +with --data-dir", lines[4]);
    }

    public sealed class TinyReproduction : IDisposable
    {
        public TinyReproduction()
        {
            TinyCifar.Write(Tool.PathOf("data"));
            Result = Tool.Run($"reproduce dqa --table 1 --row 11 {Small} --out out").Succeeds();
            (Results, Page) = (JsonNode.Parse(Tool.Text("out/results.json"))!.AsObject(), Tool.Text("out/results.md"));
        }

        public Tool Tool { get; } = new();

        public ToolResult Result { get; }

        public JsonObject Results { get; }

        public string Page { get; }

        public void Dispose() => Tool.Dispose();
    }
}
