using System.Text.Json.Nodes;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Reports;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.Dqa.Figures;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Figure 2: mean absolute quantization error against temperature, Binary-Relax and DQA.</summary>
/// <param name="settings">What to do.</param>
internal sealed class ErrorFigure(DqaFigureSettings settings)
{
    private const int Points = 201;

    /// <summary>Errors closer than this share of each other differ by rounding only.</summary>
    private const double Noise = 1e-6;

    private static readonly double[] Shown = [double.PositiveInfinity, 10, 1, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03];
    private static readonly FixedMixture[] Mixtures = [FixedMixture.BinaryRelax, FixedMixture.Dqa, FixedMixture.DqaAsPrinted];

    public FigureResult Run()
    {
        (string Name, double[] Values)[] weights =
        [
            ("2001 equidistant values", ReferenceWeights.Equidistant()), ("2000 normal quantiles", ReferenceWeights.Normal()), .. settings.Init is null ? Array.Empty<(string, double[])>() : [Layer()],
        ];
        var folder = new FigureFolder(settings.Output);
        double[] temperatures = QuantizationError.Temperatures(100, 0.03, Points);
        var (table, csv) = (new Table(["weights", "T", .. Mixtures.Select(m => m.Name)]), new Table(["weights", "temperature", .. Mixtures.Select(m => m.Name)]));
        var (charts, notes, numbers) = (new List<Chart>(), new List<string>(), new JsonArray());
        foreach (var (name, values) in weights)
        {
            QuantizationError[] errors = [.. Mixtures.Select(m => new QuantizationError(m, values))];
            double[][] lines = [.. errors.Select(e => temperatures.Select(e.At).ToArray())];
            charts.Add(new LinePlot(name, "temperature T", "mean |q − w|", [.. Mixtures.Select((m, i) => new LineSeries(m.Name, temperatures, lines[i]) { Dashed = i == 2 })])
            {
                LogX = true, Legend = LegendPlace.UpperRight,
            });
            for (int i = 0; i < Points; i++)
            {
                csv.Row([name, FigureFolder.Number(temperatures[i]), .. lines.Select(l => FigureFolder.Number(l[i]))]);
            }

            var rows = new JsonArray();
            foreach (double t in Shown)
            {
                double[] at = [.. errors.Select(e => e.At(t))];
                table.Row([name, double.IsInfinity(t) ? "infinity" : FormattableString.Invariant($"{t}"), .. at.Select(e => FormattableString.Invariant($"{e:F5}"))]);
                rows.Add(new JsonObject { ["temperature"] = double.IsInfinity(t) ? null : t, ["binaryRelax"] = at[0], ["dqa"] = at[1], ["dqaAsPrinted"] = at[2] });
            }

            int differ = Enumerable.Range(0, Points).Count(i => Math.Abs(lines[1][i] - lines[0][i]) > Noise * lines[0][i]);
            int below = Enumerable.Range(0, Points).Count(i => lines[0][i] - lines[1][i] > Noise * lines[0][i]);
            notes.Add($"{name}: the error of DQA is below that of Binary-Relax at {below} of the {differ} temperatures at which they differ by more than rounding");
            numbers.Add(new JsonObject { ["weights"] = name, ["errors"] = rows, ["differAt"] = differ, ["dqaBelowAt"] = below });
        }

        folder.Write("figure2", new ChartGrid(charts, charts.Count), 520 * charts.Count, 400);
        folder.Write("figure2", csv);
        return new FigureResult(table, notes, new JsonObject { ["vectors"] = numbers }, folder.Files);
    }

    private (string Name, double[] Values) Layer()
    {
        string path = settings.Init!;
        var graph = NetworkFile.IsFloat(path)
            ? NetworkFile.Read(path, settings.Model, DatasetCatalog.ClassCount(settings.Data, settings.DataDir))
            : throw new UsageException($"--init '{path}' must be a .safetensors file with float weights");
        string[] known = [.. QuantizationPlan.Layers(graph).Select(l => l.Parameter("weight"))];
        string tensor = settings.Tensor ?? known[0];
        return OptionKinds.Unknown("tensor", tensor, known) is { } fault ? throw new UsageException(fault) : ($"{graph.Name}: {tensor}", [.. graph.Parameters[tensor].ToFloats().Select(w => (double)w)]);
    }
}
