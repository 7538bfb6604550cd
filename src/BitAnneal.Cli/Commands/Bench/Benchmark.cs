using System.Diagnostics;
using BitAnneal.Cli.Commands.Bench.Ort;
using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>Times a network in the integer engine and, when asked, in ONNX Runtime and libtorch beside it; neither is loaded without being asked for.</summary>
internal static class Benchmark
{
    private const int ImageSeed = 1;
    private const double ProfileMilliseconds = 300;
    private const int LeastProfile = 5, MostProfile = 2000;

    /// <summary>An arm's threads may wait for work in a loop for a while after it ends; a single thread leaves nothing behind.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the benchmark.</summary>
    /// <param name="graph">Frozen or float.</param>
    /// <param name="settings">What to do.</param>
    /// <param name="progress">Told the share of the rounds done.</param>
    /// <param name="stop">Ends it early.</param>
    /// <exception cref="BitAnnealException">The network cannot be run, or ONNX Runtime or libtorch cannot be loaded.</exception>
    public static BenchResult Run(Graph graph, BenchSettings settings, Action<double, string> progress, CancellationToken stop)
    {
        var image = new BenchImage(graph, ImageSeed);
        var session = IntegerSession.Create(graph, new SessionOptions { Threads = settings.Threads });
        var engine = new BenchArm("BitAnneal", EngineCall(session, image, settings.Batch));
        progress(0, "warming up");
        double milliseconds = InterleavedTimer.WarmUp(EngineCall(session, image, 1), stop);
        var times = image.Profile(session, (int)Math.Clamp(ProfileMilliseconds / milliseconds, LeastProfile, MostProfile));
        var before = IntegerPeak.Measure();
        engine.Call();
        using var process = Process.GetCurrentProcess();
        long peakBytes = process.PeakWorkingSet64;

        var (arms, rival, torch) = Time(graph, engine, image, settings, progress, stop);
        var peak = new[] { before, IntegerPeak.Measure() }.MaxBy(p => p?.GigaOperations ?? 0);
        return new BenchResult(
            graph.Name, settings, BenchLayer.Join(graph, times), session.Warnings, arms, times.Sum(t => t.Step.WeightBytes), session.WorkingBytes * Math.Min(settings.Threads, settings.Batch),
            peakBytes, peak, rival, torch);
    }

    private static (ArmTimes Engine, OrtTimes? Rival, ArmTimes? Torch) Time(
        Graph graph, BenchArm engine, BenchImage image, BenchSettings settings, Action<double, string> progress, CancellationToken stop)
    {
        var rest = settings.Threads > 1 ? Rest : TimeSpan.Zero;
        string? version = settings.AgainstOrt ? OrtNetwork.Version : null;
        var reals = image.WithoutGrid();
        var twin = version is null && !settings.AgainstTorch ? null : FloatTwin.Create(graph);
        using var eightBit = version is null ? null : new OrtNetwork(OnnxExporter.ToSignedBytes(EightBitTwin.Create(twin!, reals)), twin!, reals.Reals, settings.Batch, settings.Threads);
        using var floats = version is null ? null : new OrtNetwork(OnnxExporter.ToBytes(twin!), twin!, reals.Reals, settings.Batch, settings.Threads);
        using var torch = settings.AgainstTorch ? new TorchNetwork(twin!, reals.Reals, settings.Batch, settings.Threads) : null;
        BenchArm[] arms =
        [
            engine,
            .. version is null ? Array.Empty<BenchArm>() : [new("ONNX Runtime int8", () => eightBit!.Run()), new("ONNX Runtime float32", () => floats!.Run())],
            .. torch is null ? Array.Empty<BenchArm>() : [new("libtorch float32", torch.Run)],
        ];
        var times = InterleavedTimer.Run(arms, settings.Rounds, settings.Batch, rest, progress, stop);
        return (times[0], version is null ? null : new OrtTimes(version, times[1], times[2]), torch is null ? null : times[^1]);
    }

    private static Action EngineCall(IntegerSession session, BenchImage image, int batch)
    {
        int length = (int)session.OutputShape.ElementCount;
        float[] output = new float[batch * length];
        if (batch == 1)
        {
            return () => image.Run(session, output);
        }

        if (image.Bytes is { } bytes)
        {
            byte[] images = [.. Enumerable.Repeat(bytes.ToArray(), batch).SelectMany(b => b)];
            return () => session.RunBatch(images, output);
        }

        return () =>
        {
            for (int i = 0; i < batch; i++)
            {
                image.Run(session, output.AsSpan(i * length, length));
            }
        };
    }
}
