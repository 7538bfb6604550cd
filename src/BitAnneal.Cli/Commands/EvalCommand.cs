using System.CommandLine;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Reports;
using BitAnneal.Training;
using BitAnneal.Training.Methods.Float;

namespace BitAnneal.Cli.Commands;

/// <summary><c>bitanneal eval</c>: accuracy of a file on a test set.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var file = new Argument<string>("file") { Description = NetworkFile.Description };
        var seed = OptionKinds.Positive("--seed", "Seed of the synthetic images: another one draws images that no training has seen; the other datasets have nothing random. Default 1.");
        common.Data.Required = true;
        var command = new Command("eval", """
            Evaluates a file on the test images of a dataset: a frozen one on integers, float weights under TorchSharp.

            Examples:
              bitanneal eval runs/resnet20-dqa/model.onnx --data cifar10 --data-dir data
              bitanneal eval resnet20.safetensors --model resnet20 --data cifar10 --data-dir data --json
            """) { file, common.Model, common.Data, common.DataDir, common.TestImages, seed, common.Threads, common.Device, common.Json };
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetRequiredValue(file);
            int threads = parsed.GetValue(common.Threads) ?? Environment.ProcessorCount;
            // The network first: a wrong file should not wait for a dataset.
            var (data, directory) = (parsed.GetRequiredValue(common.Data)!, parsed.GetValue(common.DataDir));
            var graph = NetworkFile.Read(path, parsed.GetValue(common.Model), NetworkFile.IsFloat(path) ? DatasetCatalog.ClassCount(data, directory) : null);
            var dataset = DatasetCatalog.Load(data, directory, (ulong)(parsed.GetValue(seed) ?? 1)).Draw(null, parsed.GetValue(common.TestImages));
            foreach (string note in dataset.Notes)
            {
                Terminal.WriteWarning(note);
            }

            var images = dataset.Test;
            var (correct, milliseconds) = NetworkFile.IsFloat(path) ? RunFloat(graph, images, threads, parsed.GetValue(common.Device) ?? "cpu", stop) : RunIntegers(graph, images, threads, stop);
            Print(correct, images.Count, milliseconds, parsed.GetValue(common.Json));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static (int, double) RunIntegers(Graph graph, IImageSource images, int threads, CancellationToken stop)
    {
        var (_, correct, milliseconds) = IntegerEvaluator.Run(graph, images, threads, stop);
        return (correct, milliseconds);
    }

    private static (int, double) RunFloat(Graph graph, IImageSource images, int threads, string device, CancellationToken stop)
    {
        using var module = new FloatMethod().Prepare(graph, TrainingJob.Start(threads, device));
        var evaluation = Evaluator.Run(module, images, stop);
        return (evaluation.Correct, evaluation.MillisecondsPerImage);
    }

    private static void Print(int correct, int total, double milliseconds, bool json)
    {
        double top1 = (double)correct / total;
        if (json)
        {
            System.Console.WriteLine(new JsonObject { ["correct"] = correct, ["total"] = total, ["top1"] = top1, ["millisecondsPerImage"] = milliseconds }.ToJsonString());
            return;
        }

        Terminal.Print(new Table("correct", "total", "top-1", "ms per image").Row(
            $"{correct}", $"{total}", FormattableString.Invariant($"{top1 * 100:F2} %"), FormattableString.Invariant($"{milliseconds:F3}")));
    }
}
