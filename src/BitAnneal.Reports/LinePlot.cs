using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace BitAnneal.Reports;

/// <summary>Lines over a common axis.</summary>
/// <param name="Title">Heading.</param>
/// <param name="XLabel">What runs to the right, with its unit.</param>
/// <param name="YLabel">What runs upward, with its unit.</param>
/// <param name="Series">The lines.</param>
public sealed record LinePlot(string Title, string XLabel, string YLabel, IReadOnlyList<LineSeries> Series) : Chart
{
    private const int MaxPoints = 600;

    // Okabe and Ito, 2008: tells colours apart for all common forms of colour blindness.
    private static readonly string[] Palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#B8A900"];

    /// <summary>A logarithmic axis to the right; positions that are not positive are left out.</summary>
    public bool LogX { get; init; }

    /// <summary>Positions to the right that get a label; null for even steps, or the powers of ten where the axis is logarithmic.</summary>
    public IReadOnlyList<double>? XTicks { get; init; }

    /// <summary>What the axis upward spans; null for what the lines take.</summary>
    public (double Min, double Max)? YRange { get; init; }

    /// <summary>Where the names stand when there are several lines.</summary>
    public LegendPlace Legend { get; init; }

    /// <inheritdoc/>
    internal override void Render(SKCanvas canvas, PixelRect area)
    {
        using var plot = Draw();
        plot.Render(canvas, area);
    }

    private Plot Draw()
    {
        var plot = NewPlot();
        for (int i = 0; i < Series.Count; i++)
        {
            var series = Series[i];
            int step = Math.Max(1, series.X.Count / MaxPoints);
            int[] kept = [.. Enumerable.Range(0, series.X.Count).Where(p => (p % step == 0 || p == series.X.Count - 1) && (!LogX || series.X[p] > 0))];
            double[] x = [.. kept.Select(p => Position(series.X[p]))];
            var line = plot.Add.ScatterLine(x, kept.Select(p => series.Y[p]).ToArray(), Color.FromHex(series.Colour ?? Palette[i % Palette.Length]));
            line.LegendText = series.Name;
            line.LineWidth = 2;
            line.MarkerStyle = Marker(series.Mark, line.Color);
            line.LinePattern = series.Dashed || (series.Colour is null && i >= Palette.Length) ? LinePattern.Dashed : LinePattern.Solid;
        }

        plot.Title(Title);
        plot.XLabel(XLabel);
        plot.YLabel(YLabel);
        if (XTicks is { } ticks)
        {
            plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(Position)], [.. ticks.Select(Label)]);
        }
        else if (LogX)
        {
            plot.Axes.Bottom.TickGenerator = Decades();
        }

        if (YRange is var (min, max))
        {
            plot.Axes.AutoScale();
            plot.Axes.SetLimitsY(min, max);
        }

        PlaceLegend(plot);
        return plot;
    }

    private double Position(double x) => LogX ? Math.Log10(x) : x;

    private static string Label(double value) => value.ToString("G3", System.Globalization.CultureInfo.InvariantCulture);

    private static MarkerStyle Marker(PointMark mark, Color colour) => mark switch
    {
        PointMark.Disc => new MarkerStyle(MarkerShape.FilledCircle, 8, colour),
        PointMark.Ring => new MarkerStyle(MarkerShape.OpenCircle, 14, colour) { LineColor = colour, LineWidth = 1.5f },
        _ => MarkerStyle.None,
    };

    private void PlaceLegend(Plot plot)
    {
        if (Series.Count < 2 || Legend == LegendPlace.None)
        {
            plot.HideLegend();
        }
        else if (Legend is LegendPlace.Beside or LegendPlace.Below)
        {
            plot.Legend.Orientation = Legend == LegendPlace.Below ? Orientation.Horizontal : Orientation.Vertical;
            plot.ShowLegend(Legend == LegendPlace.Below ? Edge.Bottom : Edge.Right);
        }
        else
        {
            plot.ShowLegend(Legend switch { LegendPlace.UpperLeft => Alignment.UpperLeft, LegendPlace.LowerRight => Alignment.LowerRight, _ => Alignment.UpperRight });
        }
    }

    /// <summary>A labelled tick per power of ten that the lines reach, and eight small ones between each two.</summary>
    private NumericManual Decades()
    {
        double[] x = [.. Series.SelectMany(s => s.X).Where(v => v > 0 && double.IsFinite(v))];
        int first = x.Length == 0 ? 0 : (int)Math.Floor(Math.Log10(x.Min())), last = x.Length == 0 ? 0 : (int)Math.Ceiling(Math.Log10(x.Max()));
        var ticks = new NumericManual();
        for (int power = first; power <= last; power++)
        {
            ticks.AddMajor(power, Label(Math.Pow(10, power)));
            for (int m = 2; m < 10 && power < last; m++)
            {
                ticks.AddMinor(power + Math.Log10(m));
            }
        }

        return ticks;
    }
}
