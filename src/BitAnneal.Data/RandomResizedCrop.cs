using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// A random part of a picture, scaled to the size that the network reads (Szegedy et al. 2014, arXiv 1409.4842; drawn as torchvision does it):
/// its share of the area is uniform, its ratio of width to height log-uniform, its place uniform.
/// </summary>
/// <param name="MinArea">Smallest share of the area, above 0.</param>
/// <param name="MaxArea">Largest share of the area, at most 1.</param>
/// <param name="MinRatio">Smallest width / height.</param>
/// <param name="MaxRatio">Largest width / height.</param>
public sealed record RandomResizedCrop(double MinArea = 0.08, double MaxArea = 1, double MinRatio = 3.0 / 4, double MaxRatio = 4.0 / 3)
{
    private const int Attempts = 10;

    /// <summary>Draws a part; after ten parts that would not fit, the largest one in the middle with an allowed ratio.</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="width">Columns of the picture.</param>
    public Region Draw(SeededRandom random, int height, int width)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = random.NextDouble(MinArea, MaxArea) * height * width;
            double ratio = Math.Exp(random.NextDouble(Math.Log(MinRatio), Math.Log(MaxRatio)));
            int w = (int)Math.Round(Math.Sqrt(area * ratio)), h = (int)Math.Round(Math.Sqrt(area / ratio));
            if (w >= 1 && w <= width && h >= 1 && h <= height)
            {
                return new Region(random.Next(height - h + 1), random.Next(width - w + 1), h, w);
            }
        }

        double actual = (double)width / height;
        int middleWidth = actual > MaxRatio ? Math.Clamp((int)Math.Round(height * MaxRatio), 1, width) : width;
        int middleHeight = actual < MinRatio ? Math.Clamp((int)Math.Round(width / MinRatio), 1, height) : height;
        return new Region((height - middleHeight) / 2, (width - middleWidth) / 2, middleHeight, middleWidth);
    }

    /// <summary>Writes a random part as planar bytes of a shape.</summary>
    internal void Apply(Picture picture, TensorShape shape, SeededRandom random, Span<byte> target)
    {
        var region = Draw(random, picture.Height, picture.Width);
        Resampler.Scale(picture, region, shape[1], shape[2], new Region(0, 0, shape[1], shape[2]), target);
    }
}
