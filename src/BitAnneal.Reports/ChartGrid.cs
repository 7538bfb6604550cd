using ScottPlot;
using SkiaSharp;

namespace BitAnneal.Reports;

/// <summary>Several charts in rows of equal cells.</summary>
/// <param name="Charts">The charts, row after row.</param>
/// <param name="Columns">Charts in a row.</param>
public sealed record ChartGrid(IReadOnlyList<Chart> Charts, int Columns) : Chart
{
    /// <summary>Number of rows.</summary>
    public int Rows => (Charts.Count + Columns - 1) / Columns;

    /// <inheritdoc/>
    internal override void Render(SKCanvas canvas, PixelRect area)
    {
        float width = area.Width / Columns, height = area.Height / Math.Max(1, Rows);
        for (int i = 0; i < Charts.Count; i++)
        {
            float left = area.Left + i % Columns * width, top = area.Top + i / Columns * height;
            Charts[i].Render(canvas, new PixelRect(left, left + width, top + height, top));
        }
    }
}
