using System.Text.Json.Nodes;
using BitAnneal.Cli.Commands;
using BitAnneal.Cli.Commands.DqaFigures;

namespace BitAnneal.Cli.Tests;

public sealed class PenaltyFigureTests(PenaltyFigureTests.TinyStudy study) : IClassFixture<PenaltyFigureTests.TinyStudy>
{
    private const string Flags = "figure dqa --figure penalty --models quickstart resnet20 --train-images 128 32 --test-images 20 --epochs 1 --batch-size 32 --threads 1";

    private static readonly string[] Readings = ["as-printed", "layer-share", "per-layer-mean"];

    private readonly Tool tool = study.Tool;

    [Fact]
    public void EveryNetworkIsTrainedWithEveryReadingAndEveryLambda()
    {
        var trainings = study.Result.Json["trainings"]!.AsArray();
        (string, string, double)[] expected = [.. from model in (string[])["quickstart", "resnet20"] from reading in Readings from lambda in (double[])[0.5, 30] select (model, reading, lambda)];
        Assert.Equal(expected, trainings.Select(t => ((string)t!["network"]!, (string)t["reading"]!, (double)t["lambda"]!)));
        foreach (var (training, (model, reading, lambda)) in trainings.Zip(expected))
        {
            string folder = FormattableString.Invariant($"study/penalty-runs/synthetic-{model}-{reading}-lambda{lambda}-seed1");
            JsonObject configuration = Read($"{folder}/config.json"), summary = Read($"{folder}/summary.json");
            Assert.Equal((model, reading, lambda, model == "resnet20" ? 32 : 128), ((string)configuration["model"]!, (string)configuration["normalizer"]!, (double)configuration["lambda"]!, (int)configuration["trainImages"]!));
            var sites = summary["sites"]!.AsArray();
            Assert.Equal(sites.Min(s => (double)s!["attention"]!), (double)training!["leastAttention"]!);
            Assert.Equal((double)sites.Single(s => (string)s!["name"]! == (string)training["leastTensor"]!)!["attention"]!, (double)training["leastAttention"]!);
            Assert.Equal(((double)summary["top1"]!, (double)summary["mixture"]!["top1"]!), ((double)training["top1"]!, (double)training["mixtureTop1"]!));
        }
    }

    [Fact]
    public void ThePicturesHaveTheirNumbersBesideThem()
    {
        Assert.Equal(["penalty.csv", "penalty.png", "penalty.svg"], Directory.EnumerateFiles(tool.PathOf("study")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.Equal("PNG"u8, tool.Bytes("study/penalty.png")[1..4]);
        string[] lines = tool.Text("study/penalty.csv").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1 + 12, lines.Length);
        Assert.StartsWith("quickstart,5,60976,4,as-printed,0.5,", lines[1], StringComparison.Ordinal); // 128 images are four steps of 32.
        Assert.StartsWith("resnet20,20,268336,1,per-layer-mean,30,", lines[12], StringComparison.Ordinal);
        string svg = tool.Text("study/penalty.svg");
        Assert.All((string[])["quickstart: 60,976 weights", "resnet20: 268,336 weights", "layer-share: median"], part => Assert.Contains(part, svg, StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIsFinishedIsNotTrainedAgain()
    {
        var again = tool.Run($"{Flags} --lambdas 30 --out study").Succeeds();
        Assert.Contains("0 of 6 trainings to do", again.Output, StringComparison.Ordinal);
        Assert.Matches(@"resnet20 +layer-share +30 +\d\.\d{4} +\S+\.weight +\d\.\d{4} +\d+ % +\d+\.\d\d % +\d+\.\d\d %", again.Output);
        Assert.Matches(@"quickstart, as-printed: every tensor on its lowest width \(a1 >= 0\.99\) in [01] of 1 trainings", again.Output);
        tool.Run($"{Flags} --lambdas 30 --out study --learning-rate 0.01").Fails(2, "learningRate is 0.01, was 0.1", "--out");
    }

    [Fact]
    public void AnInterruptedTrainingGoesOnWhenAsked()
    {
        string flags = $"{Flags} --lambdas 30 --out stopped".Replace(" resnet20", "", StringComparison.Ordinal).Replace(" 128 32", " 32", StringComparison.Ordinal), folder = "stopped/penalty-runs/synthetic-quickstart-layer-share-lambda30-seed1";
        string before = tool.Run($"{flags} --json").Succeeds().Output;
        File.Delete(tool.PathOf($"{folder}/summary.json"));
        tool.Run(flags).Fails(2, folder, "interrupted", "--resume");
        var resumed = tool.Run($"{flags} --json --resume").Succeeds();
        Assert.Contains("1 of 3 trainings to do", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(before, resumed.Output);

        tool.Write($"{folder}/summary.json", """{"method":"dqa","model":"quickstart","seed":1,"top1":0.5,"sites":[{"name":"conv1.weight"}]}""");
        tool.Run(flags).Fails(1, folder, "does not list the attention");
    }

    [Theory]
    [InlineData("--models resnet20 resnt20", "'resnt20'", "did you mean 'resnet20'?")]
    [InlineData("--models vgg7 vgg7", "--models", "twice")]
    [InlineData("--lambdas 1 0", "--lambdas '0'", "above 0")]
    [InlineData("--lambdas 1 x -2", "'x'", "'-2'")]
    [InlineData("--lambdas 1 5 1.0", "--lambdas", "twice")]
    [InlineData("--train-images 64 64", "2 numbers for 1 network")]
    [InlineData("--train-images 0", "--train-images '0'")]
    [InlineData("--batch-size 1", "batch size 1")]
    [InlineData("--learning-rate 0", "learning rate 0")]
    [InlineData("--compute float16", "'float16'", "bfloat16")]
    [InlineData("--model vgg7 --run x --grid 5", "--model ", "--run", "--grid", "figure penalty")]
    public void BadFlagsAreNamed(string arguments, params string[] parts)
    {
        tool.Run($"figure dqa --figure penalty {arguments} --out bad").Fails(2, parts);
        Assert.False(Directory.Exists(tool.PathOf("bad")));
    }

    [Theory]
    [InlineData("2 --models vgg7 --lambdas 1", "--models", "--lambdas", "only to penalty")]
    [InlineData("4 --batch-size 8 --resume", "--batch-size", "--resume", "only to penalty")]
    [InlineData("3 --train-images 64 64", "--train-images", "one number")]
    public void TheOtherFiguresTakeNoneOfItsFlags(string arguments, params string[] parts) => tool.Run($"figure dqa --figure {arguments} --out bad").Fails(2, parts);

    [Theory]
    [InlineData(new[] { 0.2, 1, 0.98, 0.99 }, 0.2, 0.985, 0.5)]
    [InlineData(new[] { 1, 0.5, 0.7 }, 0.5, 0.7, 1.0 / 3)]
    [InlineData(new[] { 0.995 }, 0.995, 0.995, 1)]
    public void APointSumsUpTheAttentionOfItsTensors(double[] attention, double least, double median, double settled)
    {
        var point = PenaltyPoint.Of(new RunConfiguration(), [.. attention.Select((a, i) => ($"tensor{i}", a))], 0.8, 0.5);
        Assert.Equal((least, $"tensor{Array.IndexOf(attention, least)}"), (point.Least, point.LeastTensor));
        Assert.Equal(median, point.Median, 1e-12);
        Assert.Equal(settled, point.SettledShare, 1e-12);
        Assert.Equal((0.8, 0.5), (point.MixtureTop1, point.Top1));
    }

    private JsonObject Read(string file) => JsonNode.Parse(tool.Text(file))!.AsObject();

    public sealed class TinyStudy : IDisposable
    {
        public TinyStudy() => Result = Tool.Run($"{Flags} --lambdas 30 0.5 --out study --json").Succeeds();

        public Tool Tool { get; } = new();

        public ToolResult Result { get; }

        public void Dispose() => Tool.Dispose();
    }
}
