using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary><c>bitanneal figure dqa</c>: figures 2, 3 and 4 of the DQA paper (arXiv 2103.13322), and the study of its penalty.</summary>
internal static class DqaFigureCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var figure = OptionKinds.OneOf("--figure", "Which: 2 is the quantization error, 3 the attention over a training, 4 the loss surface, penalty the final attention against lambda", ["2", "3", "4", "penalty"]);
        figure.Required = true;
        var output = new Option<string>("--out") { Description = "Folder of the files.", DefaultValueFactory = _ => "figures" };
        var init = new Option<string?>("--init") { Description = "Figure 2: float weights of --model, whose --tensor is drawn as well (.safetensors)." };
        var tensor = new Option<string?>("--tensor") { Description = "Figure 2 with --init, 3: the tensor, such as conv1.weight; default: the first weight, and in figure 3 all." };
        var run = new Option<string?>("--run") { Description = "Figure 3: folder of a run of 'train --method dqa'; default: a short training in OUT/figure3-run." };
        var epochs = OptionKinds.Positive("--epochs", "Figure 3 without --run, default 12, and penalty, default 3: passes over the training images.");
        var images = OptionKinds.Positives("--train-images", "Figure 3 without --run, and penalty: train on the first so many images only; default: all. Figure 4: average the loss over so many; default 1000. Penalty takes one number, or one per network.");
        var grid = OptionKinds.Positive("--grid", "Figure 4: points in each direction, at least 3; default 25 (paper-like: 51).", 1001);
        var initialisations = OptionKinds.Positive("--initialisations", "Figure 4: random initialisations, from --seed on; default 1.", 1000);
        var seed = OptionKinds.Positive("--seed", "Figures 3, 4 and penalty: seed of weights, order and directions; default 1.");
        var penalty = new PenaltyFlags(common.TestImages);
        var command = new Command("dqa", """
            Draws a figure of the DQA paper (arXiv 2103.13322) as PNG and SVG, with its numbers as CSV, and prints the key figures.

            --figure penalty is no figure of the paper: it trains every network with every lambda and each of the three readings of the penalty
            (--normalizer of 'train'), in folders under OUT/penalty-runs, and shows where the attention ends. What is finished there is not trained again.

            Examples:
              bitanneal figure dqa --figure 2 --out figures
              bitanneal figure dqa --figure 3 --run runs/resnet20-dqa --out figures
              bitanneal figure dqa --figure 4 --initialisations 3 --out figures
              bitanneal figure dqa --figure penalty --out figures
              bitanneal figure dqa --figure penalty --models resnet20 mobilenetv2 --data cifar10 --data-dir data --train-images 12800 6400 --epochs 1 --batch-size 16
            """)
        {
            figure, output, common.Model, common.Data, common.DataDir, init, tensor, run, epochs, images, grid, initialisations, seed, common.Threads, common.Device, common.Json,
        };
        penalty.AddTo(command);
        (Option Option, string Figures)[] places =
        [
            (init, "2"), (run, "3"), (epochs, "3, penalty"), (images, "3, 4, penalty"), (grid, "4"), (initialisations, "4"), (tensor, "2, 3"), (common.Model, "2, 3, 4"),
            .. penalty.Options.Select(o => (o, "penalty")),
        ];
        command.SetAction((parsed, stop) =>
        {
            var defaults = new DqaFigureSettings { Figure = parsed.GetRequiredValue(figure)!, Output = parsed.GetRequiredValue(output) };
            var settings = penalty.Apply(parsed, defaults with
            {
                Model = parsed.GetValue(common.Model) ?? defaults.Model,
                Data = parsed.GetValue(common.Data) ?? defaults.Data,
                DataDir = parsed.GetValue(common.DataDir),
                Init = parsed.GetValue(init),
                Tensor = parsed.GetValue(tensor),
                Run = parsed.GetValue(run),
                Epochs = parsed.GetValue(epochs),
                TrainImages = [.. parsed.GetValue(images) ?? []],
                Grid = parsed.GetValue(grid) ?? defaults.Grid,
                Initialisations = parsed.GetValue(initialisations) ?? defaults.Initialisations,
                Seed = (ulong?)parsed.GetValue(seed) ?? defaults.Seed,
                Threads = parsed.GetValue(common.Threads) ?? defaults.Threads,
                Device = parsed.GetValue(common.Device) ?? defaults.Device,
                Json = parsed.GetValue(common.Json),
            });
            bool Given(Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };
            string[] faults =
            [
                .. places.Where(p => !p.Figures.Split(", ").Contains(settings.Figure) && Given(p.Option))
                    .Select(p => $"{p.Option.Name} does not belong to figure {settings.Figure}, only to {p.Figures}"),
                .. settings is { Figure: "3", Run: not null } ? new Option[] { epochs, images, common.Model, common.Data }.Where(Given).Select(o => $"{o.Name} does not belong to --run: that training is done") : [],
                .. settings.Faults(modelGiven: Given(common.Model)),
            ];
            Print(settings, faults.Length == 0 ? Draw(settings, parsed.GetValue(CommonOptions.Verbose), stop) : throw new UsageException(string.Join("; ", faults)));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static FigureResult Draw(DqaFigureSettings settings, bool verbose, CancellationToken stop)
    {
        using var loggers = ErrorStreamLogger.Factory(verbose);
        return settings.Figure switch
        {
            "2" => new ErrorFigure(settings).Run(),
            "penalty" => new PenaltyFigure(settings, loggers.CreateLogger("figure")).Run(stop),
            "3" => new AttentionFigure(settings, loggers.CreateLogger("figure")).Run(stop),
            _ => new SurfaceFigure(settings).Run(stop),
        };
    }

    private static void Print(DqaFigureSettings settings, FigureResult result)
    {
        if (settings.Json)
        {
            result.Numbers["notes"] = new JsonArray([.. result.Notes.Select(n => (JsonNode)n)]);
            result.Numbers["files"] = new JsonArray([.. result.Files.Select(f => (JsonNode)Path.GetFullPath(f))]);
            System.Console.WriteLine(result.Numbers.ToJsonString());
            return;
        }

        Terminal.Print(result.Table);
        foreach (string line in result.Notes.Concat(result.Files.Select(Path.GetFullPath)))
        {
            System.Console.WriteLine(line);
        }
    }
}
