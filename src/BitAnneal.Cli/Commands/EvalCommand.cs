using System.CommandLine;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Models;
using BitAnneal.Onnx;
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
        var file = new Argument<string>("file") { Description = "A frozen .onnx file (runs on integers), or float weights in a .safetensors file (with --model)." };
        var model = new Option<string?>("--model") { Description = "Network that float weights belong to, such as resnet20." };
        var dataset = new Option<string>("--data") { Description = $"Dataset: {string.Join(", ", DatasetCatalog.Names)}.", Required = true };
        var command = new Command("eval", """
            Evaluates a file on all test images of a dataset.

            Examples:
              bitanneal eval runs/resnet20-dqa/model.onnx --data cifar10 --data-dir data
              bitanneal eval resnet20.safetensors --model resnet20 --data cifar10 --data-dir data --json
            """) { file, model, dataset, common.DataDir, common.Threads, common.Device, common.Json };
        command.SetAction((parsed, stop) =>
        {
            string path = parsed.GetRequiredValue(file);
            int threads = parsed.GetValue(common.Threads) ?? Environment.ProcessorCount;
            bool isFloat = path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);
            if (isFloat && parsed.GetValue(model) is null)
            {
                throw new UsageException($"'{path}' holds weights without a network: say which with --model");
            }

            // The network first: a wrong file should not wait for a dataset.
            var (data, directory) = (parsed.GetRequiredValue(dataset), parsed.GetValue(common.DataDir));
            var graph = isFloat
                ? ParameterLoading.Load(ModelCatalog.Create(parsed.GetValue(model)!, classes: DatasetCatalog.ClassCount(data, directory)), path)
                : OnnxImporter.Import(path);
            var images = DatasetCatalog.Load(data, directory).Test;
            var (correct, milliseconds) = isFloat ? RunFloat(graph, images, threads, parsed.GetValue(common.Device) ?? "cpu", stop) : RunIntegers(graph, images, threads);
            Print(correct, images.Count, milliseconds, parsed.GetValue(common.Json));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static (int, double) RunIntegers(Graph graph, IImageSource images, int threads)
    {
        var (_, correct, milliseconds) = IntegerEvaluator.Run(graph, images, threads);
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
