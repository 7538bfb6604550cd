using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Runs;
using TorchSharp;

namespace BitAnneal.Training.Tests;

public sealed class RunFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bitanneal-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"st", 2, "{\"step\":1}\n{\"step\":2}\n")]
    [InlineData("{\"step\":1}\n{\"st", 2, "{\"step\":1}\n")]
    [InlineData("{\"step\":1}\n{\"step\":2}", 2, "{\"step\":1}\n{\"step\":2}\n")]
    [InlineData("{\"step\":1}\n", 0, "")]
    [InlineData("", 3, "")]
    public void MetricsAreCutBehindTheStep(string before, long step, string kept)
    {
        string path = Path.Combine(folder, "metrics.jsonl");
        File.WriteAllText(path, before);
        using (var metrics = new MetricsWriter(path, step))
        {
            metrics.Write(9, [new("loss", 1)]);
        }

        Assert.Equal(kept + "{\"step\":9,\"loss\":1}\n", File.ReadAllText(path));
    }

    [Fact]
    public void TheFolderIsTriedWithoutTouchingWhatIsThere()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // A link needs rights there.
        }

        string precious = Path.Combine(folder, "precious"), run = Path.Combine(folder, "run");
        Directory.CreateDirectory(run);
        File.WriteAllText(precious, "precious");
        File.CreateSymbolicLink(Path.Combine(run, $".probe-{Environment.ProcessId}"), precious);
        new RunFolder(run).Create();
        Assert.Equal("precious", File.ReadAllText(precious));
        Assert.Single(Directory.EnumerateFileSystemEntries(run));
    }

    [Fact]
    public void OtherImagesOfTheSameNumberAreNotTheSameRun()
    {
        var run = new RunFolder(folder);
        var data = TinyTask.Data();
        new Trainer(TinyTask.Options, data).Train(TinyTask.Network(), new FloatMethod(), torch.CPU, run).Dispose();
        var train = (ImageSet)data.Train;
        var other = data with { Train = new ImageSet(train.Shape, train.ClassCount, train.Pixels.ToArray().Select(p => (byte)(255 - p)).ToArray(), train.Labels) };
        var e = Assert.Throws<BitAnnealException>(() => new Trainer(TinyTask.Options, other).Train(TinyTask.Network(), new FloatMethod(), torch.CPU, run, resume: true));
        Assert.Contains("data is [", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneImagePerStepIsRefusedOnlyWithBatchNormalisation()
    {
        var options = TinyTask.Options with { BatchSize = 1 };
        var plain = new GraphBuilder("plain").Input(new TensorShape(3, 8, 8), new Grid(0, 255, [0.01f], [-1.2f])).Flatten().Linear("head", 4).Build(1);
        Assert.Empty(options.Faults(plain));
        Assert.Contains("batch normalisation", Assert.Single(options.Faults(TinyTask.Network())), StringComparison.Ordinal);
        new Trainer(options with { Epochs = 1 }, TinyTask.Data(8, 8)).Train(plain, new FloatMethod(), torch.CPU).Dispose();
    }
}
