using System.Diagnostics;
using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Runtime;
using BitAnneal.Tests;

namespace BitAnneal.Samples.Tests;

public sealed class TinyClassifierTests : IDisposable
{
    private const int Side = 32;

    private static readonly string[] Classes = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void NamesTheClassOfAnImageInEveryForm()
    {
        var random = new SeededRandom(1);
        byte[] planar = [.. Enumerable.Range(0, 3 * Side * Side).Select(i => (byte)(i % Side * 8 / 2 + random.Next(100)))];
        string expected = Expected(planar);
        Assert.StartsWith(expected, Run(planar).Output, StringComparison.Ordinal);
        Assert.StartsWith(expected, Run(Ppm(planar, 1)).Output, StringComparison.Ordinal);
        Assert.StartsWith(expected, Run(Ppm(planar, 3)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("P6 2 2 255 too short")]
    [InlineData("P6 # no end")]
    [InlineData("P6 99999 99999 255 \n")]
    [InlineData("something else")]
    public void SaysWhatIsWrongWithAFile(string text)
    {
        var (code, output, error) = Run(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(folder["image"], error, StringComparison.Ordinal);
    }

    /// <summary>The answer of the engine for the model that is embedded.</summary>
    private static string Expected(byte[] planar)
    {
        using var resource = System.Reflection.Assembly.Load("TinyClassifier").GetManifestResourceStream("model.onnx")!;
        byte[] model = new byte[resource.Length];
        resource.ReadExactly(model);
        float[] logits = new float[Classes.Length];
        IntegerSession.Create(OnnxImporter.Parse(model, "model.onnx")).Run(planar, logits);
        return Classes[Array.IndexOf(logits, logits.Max())] + " ";
    }

    /// <summary>A binary PPM in which every pixel is a square of that many pixels.</summary>
    private static byte[] Ppm(byte[] planar, int factor)
    {
        int side = Side * factor;
        byte[] header = System.Text.Encoding.ASCII.GetBytes($"P6\n# made by a test\n{side} {side}\n255\n");
        return [.. header, .. Enumerable.Range(0, side * side * 3).Select(i => planar[i % 3 * Side * Side + i / 3 / side / factor * Side + i / 3 % side / factor])];
    }

    private (int Code, string Output, string Error) Run(byte[] image)
    {
        File.WriteAllBytes(folder["image"], image);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "TinyClassifier.dll"), folder["image"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
