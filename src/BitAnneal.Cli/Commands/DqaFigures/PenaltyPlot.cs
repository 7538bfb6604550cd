using BitAnneal.Reports;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Final attention against λ: a panel for each network, a colour for each reading of the penalty.</summary>
internal static class PenaltyPlot
{
    private const int PanelWidth = 600, Height = 500;

    /// <summary>Readings stand side by side at a λ, this share of the axis apart: most of them end on the same value.</summary>
    private const double Gap = 0.018;

    private static readonly Dictionary<string, string> Colours = new() { ["as-printed"] = "#D55E00", ["layer-share"] = "#0072B2", ["per-layer-mean"] = "#009E73" };

    /// <summary>Writes the picture.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="points">All trainings.</param>
    /// <param name="title">Heading of a network's panel.</param>
    public static void Write(FigureFolder folder, IReadOnlyList<PenaltyPoint> points, Func<string, string> title)
    {
        Chart[] panels = [.. points.GroupBy(p => p.Configuration.Model).Select(g => Panel(title(g.Key), [.. g]))];
        folder.Write("penalty", new ChartGrid(panels, panels.Length), PanelWidth * panels.Length, Height);
    }

    private static LinePlot Panel(string title, PenaltyPoint[] points)
    {
        double[] lambdas = [.. points.Select(p => p.Configuration.Lambda).Distinct().Order()];
        double decades = Math.Max(1, Math.Log10(lambdas[^1] / lambdas[0]));
        var readings = points.GroupBy(p => p.Configuration.Normalizer).ToArray();
        return new LinePlot(title, "λ", "final a₁", [.. readings.SelectMany((g, i) => Lines(g.Key, [.. g.OrderBy(p => p.Configuration.Lambda)], Math.Pow(10, (i - ((readings.Length - 1) / 2.0)) * Gap * decades)))])
        {
            LogX = true,
            XTicks = lambdas,
            YRange = (-0.05, 1.05),
            Legend = LegendPlace.Below,
        };
    }

    /// <summary>The least and the median share of a reading, moved aside by a factor.</summary>
    private static LineSeries[] Lines(string reading, PenaltyPoint[] points, double aside)
    {
        double[] x = [.. points.Select(p => p.Configuration.Lambda * aside)];
        return
        [
            new LineSeries($"{reading}: least tensor", x, [.. points.Select(p => p.Least)]) { Colour = Colours[reading], Mark = PointMark.Disc },
            new LineSeries($"{reading}: median", x, [.. points.Select(p => p.Median)]) { Colour = Colours[reading], Mark = PointMark.Ring, Dashed = true },
        ];
    }
}
