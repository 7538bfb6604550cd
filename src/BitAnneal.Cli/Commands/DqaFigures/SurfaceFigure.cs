using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Models;
using BitAnneal.Reports;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Methods.Dqa.Figures;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Methods.Plain;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Schedules;
using TorchSharp;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Figure 4: loss surfaces at random initialisation, float, as the mixture of the first step, and with two bits.</summary>
/// <param name="settings">What to do.</param>
internal sealed class SurfaceFigure(DqaFigureSettings settings)
{
    private const int DefaultImages = 1000;

    /// <summary>Only the weights are quantized, in every layer.</summary>
    private static readonly QuantizationPlan Plan = new() { Weights = QuantizerSpec.Mixture("minmax", 2), Activations = [QuantizerSpec.FullPrecision] };

    private static readonly (string Key, string Title)[] Variants = [("float", "float32"), ("mixture", "2/4/8 bits, first step"), ("twoBits", "2 bits")];

    public FigureResult Run(CancellationToken stop)
    {
        var device = TrainingJob.Start(settings.Threads, settings.Device);
        int classes = DatasetCatalog.ClassCount(settings.Data, settings.DataDir);
        Graph Network(ulong seed) => ModelCatalog.Create(settings.Model, seed, classes);
        var images = DatasetCatalog.Load(settings.Data, settings.DataDir).Train.Take(settings.ImagesOf(0) ?? DefaultImages);
        using var surface = new LossSurface(images, Network(settings.Seed), device);
        var folder = new FigureFolder(settings.Output);
        var table = new Table("seed", "weights", "loss at the centre", "least", "largest", "strict minima", "RMS second difference", "sum of differences");
        var csv = new Table(["seed", "x", "y", .. Variants.Select(v => v.Key)]);
        var (notes, numbers) = (new List<string>(), new JsonArray());
        for (ulong seed = settings.Seed; seed < settings.Seed + (ulong)settings.Initialisations; seed++)
        {
            var surfaces = Compute(surface, Network(seed), seed, device, stop);
            Roughness[] roughness = [.. surfaces.Select(Roughness.Of)];
            Draw(folder, seed, surfaces);
            AddRows(csv, seed, surfaces);
            var entry = new JsonObject { ["seed"] = seed };
            for (int v = 0; v < Variants.Length; v++)
            {
                var (s, r) = (surfaces[v], roughness[v]);
                double centre = s[settings.Grid / 2, settings.Grid / 2], least = s.Cast<double>().Min(), largest = s.Cast<double>().Max();
                table.Row($"{seed}", Variants[v].Title, Text(centre), Text(least), Text(largest), $"{r.Minima}", FormattableString.Invariant($"{r.Curvature:F5}"), FormattableString.Invariant($"{r.Variation:F2}"));
                entry[Variants[v].Key] = new JsonObject
                {
                    ["centre"] = centre, ["least"] = least, ["largest"] = largest, ["minima"] = r.Minima, ["rmsSecondDifference"] = r.Curvature, ["sumOfDifferences"] = r.Variation,
                };
            }

            var order = new JsonObject { ["minima"] = Rises(roughness, r => r.Minima), ["rmsSecondDifference"] = Rises(roughness, r => r.Curvature), ["sumOfDifferences"] = Rises(roughness, r => r.Variation) };
            entry["floatBelowMixtureBelowTwoBits"] = order;
            numbers.Add(entry);
            notes.Add($"seed {seed}: float < mixture < 2 bits: strict minima {Word(order["minima"])}, RMS second difference {Word(order["rmsSecondDifference"])}, sum of differences {Word(order["sumOfDifferences"])}");
        }

        folder.Write("figure4", csv);
        notes.Add($"{settings.Model} on the first {images.Count} training images of {settings.Data}, {settings.Grid} x {settings.Grid} points");
        return new FigureResult(table, notes, new JsonObject { ["model"] = settings.Model, ["data"] = settings.Data, ["images"] = images.Count, ["grid"] = settings.Grid, ["initialisations"] = numbers }, folder.Files);
    }

    private double[][,] Compute(LossSurface surface, Graph graph, ulong seed, torch.Device device, CancellationToken stop) =>
        Terminal.WithProgress(Terminal.BesideResult(settings.Json), $"loss surfaces, seed {seed}", report =>
        {
            // The same directions for the three variants.
            var (x, y) = (FilterDirection.Draw(graph, SeededRandom.ForStream(seed, 1)), FilterDirection.Draw(graph, SeededRandom.ForStream(seed, 2)));
            int done = 0, all = Variants.Length * settings.Grid * settings.Grid;
            return Variants.Select(variant =>
            {
                var method = Method(variant.Key);
                using var module = method.Prepare(graph, device);
                method.BeforeStep(new StepPosition(1, 1, 0, 1));
                return surface.Of(module, x, y, settings.Grid, () => report((double)++done / all, variant.Title), stop);
            }).ToArray();
        });

    /// <summary>The mixture at T = 100 with α of eq. 7: a = (0.33624, 0.33405, 0.32971).</summary>
    private static IMethod Method(string key) => key switch
    {
        "float" => new FloatMethod(),
        "twoBits" => new PlainMethod(Plan),
        _ => new DqaMethod(Plan, new DqaOptions { Temperature = new ConstantSchedule(100) }),
    };

    private static void Draw(FigureFolder folder, ulong seed, double[][,] surfaces)
    {
        var all = surfaces.SelectMany(s => s.Cast<double>()).Where(double.IsFinite).ToArray();
        var scale = (all.Min(), all.Max());
        var maps = surfaces.Select((s, v) => new HeatMap(Variants[v].Title, "x", "y", s, -1, 1) { Scale = scale, ColourLabel = "cross-entropy (nats)" });
        folder.Write($"figure4-seed{seed}", new ChartGrid([.. maps], surfaces.Length), 460 * surfaces.Length, 400);
    }

    private void AddRows(Table csv, ulong seed, double[][,] surfaces)
    {
        double[] positions = LossSurface.Positions(settings.Grid);
        for (int y = 0; y < positions.Length; y++)
        {
            for (int x = 0; x < positions.Length; x++)
            {
                csv.Row([$"{seed}", FigureFolder.Number(positions[x]), FigureFolder.Number(positions[y]), .. surfaces.Select(s => FigureFolder.Number(s[y, x]))]);
            }
        }
    }

    private static bool Rises(Roughness[] roughness, Func<Roughness, double> figure) => figure(roughness[0]) < figure(roughness[1]) && figure(roughness[1]) < figure(roughness[2]);

    private static string Word(JsonNode? holds) => holds!.GetValue<bool>() ? "yes" : "no";

    private static string Text(double loss) => FormattableString.Invariant($"{loss:F4}");
}
