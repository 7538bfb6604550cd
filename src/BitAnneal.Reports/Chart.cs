using System.Globalization;
using System.Text;
using ScottPlot;
using SkiaSharp;

namespace BitAnneal.Reports;

/// <summary>A picture that can be had as SVG and as PNG.</summary>
public abstract record Chart
{
    /// <summary>As SVG text.</summary>
    public string ToSvg(int width = 760, int height = 400)
    {
        using var memory = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), memory))
        {
            Render(canvas, new PixelRect(0, width, height, 0));
        }

        // Skia names a size only, which a browser cannot scale: what does not fit is cut off.
        string svg = Encoding.UTF8.GetString(memory.ToArray());
        return svg.Contains("viewBox", StringComparison.Ordinal) ? svg
            : svg.Insert(svg.IndexOf("<svg", StringComparison.Ordinal) + 4, string.Create(CultureInfo.InvariantCulture, $" viewBox=\"0 0 {width} {height}\""));
    }

    /// <summary>As a PNG image.</summary>
    public byte[] ToPng(int width = 760, int height = 400)
    {
        using var surface = SKSurface.Create(new SKImageInfo(width, height));
        surface.Canvas.Clear(SKColors.White);
        Render(surface.Canvas, new PixelRect(0, width, height, 0));
        using var image = surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Draws into an area of a canvas.</summary>
    internal abstract void Render(SKCanvas canvas, PixelRect area);

    /// <summary>An empty plot that leaves what is beside its area alone.</summary>
    private protected static Plot NewPlot()
    {
        var plot = new Plot();
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        return plot;
    }
}
