using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// A procedural image set, 3×32×32, ten classes of shapes that differ in detail: position, size, rotation, colour and clutter are random,
/// so nothing but the form tells the class. The same seed gives the same bytes on every machine: only the four basic operations are used.
/// </summary>
public static class SyntheticImages
{
    private const int Side = 32, Classes = 10;
    private const ulong TestStream = 1UL << 40;

    /// <summary>Draws the set.</summary>
    /// <param name="seed">Seed of all images.</param>
    /// <param name="trainCount">Number of training images.</param>
    /// <param name="testCount">Number of test images.</param>
    public static ImageDataset Create(ulong seed = 1, int trainCount = 6000, int testCount = 2000) =>
        new("synthetic", Draw(seed, 0, trainCount), Draw(seed, TestStream, testCount));

    private static ImageSet Draw(ulong seed, ulong firstStream, int count)
    {
        int size = 3 * Side * Side;
        byte[] pixels = new byte[count * size], labels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            var random = SeededRandom.ForStream(seed, firstStream + (ulong)i);
            labels[i] = (byte)(i % Classes);
            DrawImage(random, labels[i], pixels.AsSpan(i * size, size));
        }

        return new ImageSet(new TensorShape(3, Side, Side), Classes, pixels, labels);
    }

    private static void DrawImage(SeededRandom random, int label, Span<byte> image)
    {
        Span<double> corners = stackalloc double[12]; // A colour per corner of the background.
        for (int i = 0; i < corners.Length; i++)
        {
            corners[i] = random.NextDouble(60, 195);
        }

        double radius = random.NextDouble(7, 11);
        double cx = random.NextDouble(radius, Side - radius), cy = random.NextDouble(radius, Side - radius);
        double t = random.NextDouble(-0.3, 0.3); // Half-angle tangent: a rotation of up to ±33 degrees without sine or cosine.
        double cos = (1 - t * t) / (1 + t * t), sin = 2 * t / (1 + t * t);
        Span<double> contrast = stackalloc double[3];
        double sign = random.Next(2) == 0 ? -1 : 1;
        for (int c = 0; c < 3; c++)
        {
            contrast[c] = sign * random.NextDouble(35, 95);
        }

        Span<double> clutter = stackalloc double[3 * 5];
        for (int i = 0; i < clutter.Length; i += 5)
        {
            clutter[i] = random.NextDouble(0, Side);
            clutter[i + 1] = random.NextDouble(0, Side);
            clutter[i + 2] = random.NextDouble(1.5, 3.5);
            clutter[i + 3] = random.NextDouble(1.5, 3.5);
            clutter[i + 4] = random.NextDouble(-40, 40);
        }

        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                double u = (cos * (x - cx) + sin * (y - cy)) / radius, v = (cos * (y - cy) - sin * (x - cx)) / radius;
                double cover = Math.Clamp(0.5 - radius * Distance(label, u, v), 0, 1);
                double spots = 0;
                for (int i = 0; i < clutter.Length; i += 5)
                {
                    bool inside = Math.Abs(x - clutter[i]) < clutter[i + 2] && Math.Abs(y - clutter[i + 1]) < clutter[i + 3];
                    spots += inside ? clutter[i + 4] : 0;
                }

                double fx = x / (Side - 1.0), fy = y / (Side - 1.0);
                for (int c = 0; c < 3; c++)
                {
                    double top = corners[c] * (1 - fx) + corners[3 + c] * fx, bottom = corners[6 + c] * (1 - fx) + corners[9 + c] * fx;
                    double noise = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 24;
                    double value = top * (1 - fy) + bottom * fy + spots + cover * contrast[c] + noise;
                    image[(c * Side + y) * Side + x] = (byte)Math.Clamp(value, 0, 255);
                }
            }
        }
    }

    /// <summary>Signed distance to the edge of a shape of radius about 1, negative inside.</summary>
    private static double Distance(int label, double u, double v)
    {
        double disc = Math.Sqrt(u * u + v * v) - 0.9;
        double square = Math.Max(Math.Abs(u), Math.Abs(v)) - 0.8;
        return label switch
        {
            0 => disc,
            1 => Math.Max(disc, 0.42 - (disc + 0.9)),
            2 => square,
            3 => Math.Max(square, 0.4 - (square + 0.8)),
            4 => Math.Max(v - 0.7, 0.894 * Math.Abs(u) - 0.447 * v - 0.42),
            5 => Math.Min(Math.Max(Math.Abs(u) - 0.28, Math.Abs(v) - 0.9), Math.Max(Math.Abs(v) - 0.28, Math.Abs(u) - 0.9)),
            6 => Math.Max((Math.Abs(u) + Math.Abs(v) - 1.05) * 0.707, -1),
            7 => Math.Max(disc, -v - 0.12),
            8 => Math.Min(Math.Max(Math.Abs(u + 0.5) - 0.3, Math.Abs(v) - 0.85), Math.Max(Math.Abs(v - 0.55) - 0.3, Math.Abs(u) - 0.85)),
            _ => Math.Min(Math.Max(Math.Abs(u) - 0.28, Math.Abs(v) - 0.85), Math.Max(Math.Abs(v + 0.57) - 0.28, Math.Abs(u) - 0.85)),
        };
    }
}
