using ScottPlot;

namespace BitAnneal.Reports;

/// <summary>Lines over a common axis.</summary>
/// <param name="Title">Heading.</param>
/// <param name="XLabel">What runs to the right, with its unit.</param>
/// <param name="YLabel">What runs upward, with its unit.</param>
/// <param name="Series">The lines.</param>
public sealed record LinePlot(string Title, string XLabel, string YLabel, IReadOnlyList<LineSeries> Series)
{
    private const int MaxPoints = 600;

    // Okabe and Ito, 2008: tells colours apart for all common forms of colour blindness.
    private static readonly string[] Palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A900"];

    /// <summary>As SVG text.</summary>
    public string ToSvg(int width = 760, int height = 400)
    {
        using var plot = Draw();
        return plot.GetSvgXml(width, height);
    }

    /// <summary>As a PNG image.</summary>
    public byte[] ToPng(int width = 760, int height = 400)
    {
        using var plot = Draw();
        return plot.GetImageBytes(width, height, ImageFormat.Png);
    }

    private Plot Draw()
    {
        var plot = new Plot();
        for (int i = 0; i < Series.Count; i++)
        {
            var series = Series[i];
            int step = Math.Max(1, series.X.Count / MaxPoints);
            int[] kept = [.. Enumerable.Range(0, series.X.Count).Where(p => p % step == 0 || p == series.X.Count - 1)];
            var line = plot.Add.ScatterLine(kept.Select(p => series.X[p]).ToArray(), kept.Select(p => series.Y[p]).ToArray(), Color.FromHex(Palette[i % Palette.Length]));
            line.LegendText = series.Name;
            line.LineWidth = 2;
            line.LinePattern = i >= Palette.Length ? LinePattern.Dashed : LinePattern.Solid;
        }

        plot.Title(Title);
        plot.XLabel(XLabel);
        plot.YLabel(YLabel);
        if (Series.Count > 1)
        {
            plot.ShowLegend(Edge.Right);
        }

        return plot;
    }
}
