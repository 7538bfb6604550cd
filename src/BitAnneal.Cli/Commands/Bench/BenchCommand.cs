using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using BitAnneal.Cli.Console;
using BitAnneal.Graphs;
using BitAnneal.Onnx;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary><c>bitanneal bench</c>: how fast a network runs on integers.</summary>
internal static class BenchCommand
{
    private const int MaxBatch = 4096, MaxRounds = 1000;

    public static Command Create()
    {
        var common = new CommonOptions();
        var file = new Argument<string?>("file") { Description = "A frozen .onnx file.", Arity = ArgumentArity.ZeroOrOne };
        var weights = OptionKinds.Positive("--weights", "With --model: width of weights, 1 to 8; default 2.", Grid.MaxBits);
        var activations = OptionKinds.Whole("--activations", "With --model: width of activations, 1 to 8, or 32 for float; default 2.");
        var edges = OptionKinds.OneOf("--edges", "With --model: first and last layer; default same", RunConfiguration.EdgePolicies);
        var seed = OptionKinds.Positive("--seed", "With --model: seed of the codes; default 1.");
        var threads = OptionKinds.Positive("--threads", "Threads of every arm; default 1.", CommonOptions.MaxThreads);
        var batch = OptionKinds.Positive("--batch", "Images per call; default 1.", MaxBatch);
        var against = OptionKinds.SomeOf("--against", "What to time beside the engine, in turns, on networks of the same shapes: ONNX Runtime in 8 bits and in float32, libtorch in float32", ["ort", "torch"]);
        var rounds = OptionKinds.Positive("--rounds", "Rounds, over which medians are taken; default 9.", MaxRounds);
        var command = new Command("bench", """
            Times a network on integers: every step with its kernel, and the whole, beside ONNX Runtime and libtorch when asked.
            With --model, a known network with random codes is timed.

            The code is warm: each arm first runs until two windows of 150 ms, longer than the JIT waits, differ by less than 2 %. Then the arms take
            turns, round by round. An arm's time in a round is the best of three repetitions of at least 10 ms. Quartiles more than 10 % apart give a warning.

            Examples:
              bitanneal bench runs/quickstart/model.onnx
              bitanneal bench runs/quickstart/model.onnx --against ort --json
              bitanneal bench --model resnet18 --weights 2 --activations 2 --against ort torch
            """)
        {
            file, common.Model, weights, activations, edges, seed, threads, batch, against, rounds, common.Json,
        };
        command.SetAction((parsed, stop) =>
        {
            string? path = parsed.GetValue(file), model = parsed.GetValue(common.Model);
            int width = parsed.GetValue(activations) ?? 2;
            Option[] ofModel = [weights, activations, edges, seed];
            string[] faults =
            [
                .. path is null && model is null ? ["what to time is missing: a frozen .onnx file, or --model"] : Array.Empty<string>(),
                .. path is not null && model is not null ? ["a file and --model exclude each other"] : Array.Empty<string>(),
                .. path is null || model is not null ? [] : ofModel.Where(o => parsed.GetResult(o) is OptionResult { Implicit: false }).Select(o => $"{o.Name} belongs to --model: a file has its own"),
                .. width is RandomNetwork.FloatBits or (>= 1 and <= Grid.MaxBits) ? Array.Empty<string>() : [$"activation bit width {width} is outside 1..{Grid.MaxBits} (or 32 for float)"],
            ];
            if (faults.Length > 0)
            {
                throw new UsageException(string.Join("; ", faults));
            }

            var settings = new BenchSettings
            {
                Threads = parsed.GetValue(threads) ?? 1,
                Batch = parsed.GetValue(batch) ?? 1,
                Rounds = parsed.GetValue(rounds) ?? 9,
                AgainstOrt = parsed.GetValue(against)!.Contains("ort"),
                AgainstTorch = parsed.GetValue(against)!.Contains("torch"),
                Json = parsed.GetValue(common.Json),
            };
            var graph = path is not null ? OnnxImporter.Import(path)
                : RandomNetwork.Create(model!, parsed.GetValue(weights) ?? 2, width, EdgeBits(parsed.GetValue(edges)), (ulong)(parsed.GetValue(seed) ?? 1));
            var result = Terminal.WithProgress(System.Console.Error, "bench", progress => Benchmark.Run(graph, settings, progress, stop));
            Print(result);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static int? EdgeBits(string? edges) => edges switch { "8bit" => Grid.MaxBits, "float" => RandomNetwork.FloatBits, _ => null };

    private static void Print(BenchResult result)
    {
        if (result.Settings.Json)
        {
            System.Console.WriteLine(result.ToJson().ToJsonString(new JsonSerializerOptions { WriteIndented = true, TypeInfoResolver = CliJson.Default }));
        }
        else
        {
            BenchPrinter.Print(result);
        }

        BenchPrinter.Warn(result);
    }
}
