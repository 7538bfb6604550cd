namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class CalibrateTests(TinyRun run)
{
    private readonly Tool tool = run.Tool;

    [Fact]
    public void ANetworkWithFloatActivationsGetsGridsAndKeepsItsAnswers()
    {
        tool.Run($"{TinyRun.Flags} --activations float --out weights-only").Succeeds();
        var json = tool.Run("calibrate weights-only/model.onnx --data synthetic --images 20 --test-images 200 --threads 1 --out a8.onnx --json").Succeeds().Json;
        double before = json["before"]!["top1"]!.GetValue<double>(), after = json["after"]!["top1"]!.GetValue<double>();
        Assert.Equal(5, json["sites"]!.GetValue<int>());
        Assert.InRange(after, before - 0.05, before + 0.05);
        var layers = tool.Run("inspect a8.onnx --json").Succeeds().Json["layers"]!.AsArray();
        Assert.All(layers, l => Assert.Equal(8, l!["activationBits"]!.GetValue<int>()));
        Assert.Equal(after, tool.Run("eval a8.onnx --data synthetic --test-images 200 --json").Succeeds().Json["top1"]!.GetValue<double>());
        Assert.Contains("codes at 5 places", tool.Run("calibrate weights-only/model.onnx --data synthetic --images 5 --test-images 50 --activations 4 --out a4.onnx").Succeeds().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeCalibratedIsSaidAndNothingIsWritten()
    {
        tool.Run("calibrate run/model.onnx --data synthetic --out none.onnx").Fails(1, "nothing to calibrate");
        tool.Run("calibrate run/model.onnx --data synthetic").Fails(2, "--out");
        tool.Run("calibrate run/model.onnx --out none.onnx").Fails(2, "--data");
        tool.Run("calibrate missing.onnx --data synthetic --out none.onnx").Fails(1, "missing.onnx");
        tool.Run("calibrate run/model.onnx --data synthetic --out nowhere/none.onnx").Fails(1, "nowhere/none.onnx", "folder");
        Assert.False(File.Exists(tool.PathOf("none.onnx")));
    }
}
