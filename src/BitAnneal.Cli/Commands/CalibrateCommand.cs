using System.CommandLine;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Onnx;
using BitAnneal.Reports;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands;

/// <summary><c>bitanneal calibrate</c>: integer activations for a network that was trained with float ones.</summary>
internal static class CalibrateCommand
{
    private const int DefaultImages = 200;

    public static Command Create()
    {
        var common = new CommonOptions();
        var file = new Argument<string>("file") { Description = "A frozen .onnx file with float activations." };
        var bits = OptionKinds.Positive("--activations", "Width of the activations, 1 to 8; default 8. Below 8, training with such activations keeps far more accuracy.", Grid.MaxBits);
        var images = OptionKinds.Positive("--images", $"Training images, from all over the set, whose values the grids span; default {DefaultImages}.");
        var output = new Option<string>("--out") { Description = "The .onnx file to write.", Required = true, HelpName = "file" };
        common.Data.Required = true;
        var command = new Command("calibrate", """
            Gives a frozen network of low-bit weights and float activations grids for its activations, so that it runs on integers. Nothing is
            retrained: the grids span the least and the largest values that some training images lead to. Prints the accuracy before and after.

            Example:
              bitanneal calibrate runs/dqa/model.onnx --data cifar10 --data-dir data --out runs/dqa/model-a8.onnx
            """) { file, common.Data, common.DataDir, images, bits, common.TestImages, common.Threads, output, common.Json };
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetRequiredValue(file), target = parsed.GetRequiredValue(output);
            int threads = parsed.GetValue(common.Threads) ?? Environment.ProcessorCount;
            CheckTarget(target); // Before the work that would be for nothing.
            var graph = OnnxImporter.Import(path);
            var data = DatasetCatalog.Load(parsed.GetRequiredValue(common.Data)!, parsed.GetValue(common.DataDir), seed: 1).Draw(null, parsed.GetValue(common.TestImages));
            IntegerEvaluator.Check(graph, data.Train);
            var (calibrated, markers) = ActivationCalibration.Apply(graph, Images(data.Train, parsed.GetValue(images) ?? DefaultImages, stop), parsed.GetValue(bits) ?? Grid.MaxBits, new SessionOptions { Threads = threads });
            var before = Judge(graph, data.Test, threads, stop);
            var after = Judge(calibrated, data.Test, threads, stop);
            OnnxExporter.Export(calibrated, target);
            Print(before, after, markers.Count, target, parsed.GetValue(common.Json));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static void CheckTarget(string target)
    {
        if (Directory.Exists(target) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(target))))
        {
            throw new BitAnnealException($"cannot write '{target}': {(Directory.Exists(target) ? "it is a folder" : "its folder does not exist")}; choose another --out");
        }
    }

    /// <summary>Images from all over the set: folders list them class by class.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Images(IImageSource images, int count, CancellationToken stop)
    {
        count = Math.Min(count, images.Count);
        for (int i = 0; i < count; i++)
        {
            stop.ThrowIfCancellationRequested();
            yield return images.Image((int)((long)i * images.Count / count)).ToArray();
        }
    }

    private static (double Top1, double Milliseconds) Judge(Graph graph, IImageSource images, int threads, CancellationToken stop)
    {
        var (_, correct, milliseconds) = IntegerEvaluator.Run(graph, images, threads, stop);
        return ((double)correct / images.Count, milliseconds);
    }

    private static void Print((double Top1, double Milliseconds) before, (double Top1, double Milliseconds) after, int sites, string target, bool json)
    {
        if (json)
        {
            System.Console.WriteLine(new JsonObject { ["sites"] = sites, ["before"] = ToJson(before), ["after"] = ToJson(after), ["file"] = Path.GetFullPath(target) }.ToJsonString());
            return;
        }

        Terminal.Print(Row(Row(new Table("activations", "top-1", "ms per image"), "float32", before), $"codes at {sites} places", after));
        System.Console.WriteLine($"calibrated network: {Path.GetFullPath(target)}");
    }

    private static Table Row(Table table, string name, (double Top1, double Milliseconds) result) =>
        table.Row(name, FormattableString.Invariant($"{result.Top1 * 100:F2} %"), FormattableString.Invariant($"{result.Milliseconds:F3}"));

    private static JsonObject ToJson((double Top1, double Milliseconds) result) => new() { ["top1"] = result.Top1, ["millisecondsPerImage"] = result.Milliseconds };
}
