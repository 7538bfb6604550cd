using ScottPlot;
using ScottPlot.Colormaps;
using SkiaSharp;

namespace BitAnneal.Reports;

/// <summary>A function of two variables on a grid, as colours.</summary>
/// <param name="Title">Heading.</param>
/// <param name="XLabel">What runs to the right, with its unit.</param>
/// <param name="YLabel">What runs upward, with its unit.</param>
/// <param name="Values">Values by row (upward) and column (to the right).</param>
/// <param name="From">Position of the first row and column.</param>
/// <param name="To">Position of the last row and column.</param>
public sealed record HeatMap(string Title, string XLabel, string YLabel, double[,] Values, double From, double To) : Chart
{
    /// <summary>The value of the darkest and of the brightest colour; null for the smallest and largest value. Give several maps the same to compare them.</summary>
    public (double Min, double Max)? Scale { get; init; }

    /// <summary>What the colours mean, with the unit.</summary>
    public string ColourLabel { get; init; } = "";

    /// <inheritdoc/>
    internal override void Render(SKCanvas canvas, PixelRect area)
    {
        using var plot = NewPlot();
        int rows = Values.GetLength(0), columns = Values.GetLength(1);
        double[,] fromTop = new double[rows, columns];
        for (int y = 0; y < rows; y++)
        {
            for (int x = 0; x < columns; x++)
            {
                fromTop[rows - 1 - y, x] = Values[y, x];
            }
        }

        // Positions name the middle of a cell: the picture is half a cell larger on every side.
        double halfX = (To - From) / Math.Max(1, columns - 1) / 2, halfY = (To - From) / Math.Max(1, rows - 1) / 2;
        var map = plot.Add.Heatmap(fromTop);
        map.Position = new CoordinateRect(From, To, From, To);
        map.Colormap = new Viridis();
        if (Scale is { } scale)
        {
            map.ManualRange = new ScottPlot.Range(scale.Min, scale.Max);
        }

        var bar = plot.Add.ColorBar(map);
        bar.Label = ColourLabel;
        bar.LabelStyle.FontSize = 14;
        plot.Title(Title);
        plot.XLabel(XLabel);
        plot.YLabel(YLabel);
        plot.Axes.SetLimits(From - halfX, To + halfX, From - halfY, To + halfY);
        plot.Render(canvas, area);
    }
}
