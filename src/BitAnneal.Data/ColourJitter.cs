using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Random changes of brightness, contrast and saturation, in random order, as torchvision does it: each mixes the image with black, with its mean
/// grey, or with itself in grey. A strength s draws the factor from [max(0, 1 − s), 1 + s); 0 leaves the image alone. Every step rounds to bytes.
/// </summary>
/// <param name="Brightness">Strength of the change of brightness.</param>
/// <param name="Contrast">Strength of the change of contrast.</param>
/// <param name="Saturation">Strength of the change of saturation; without effect on images of one channel.</param>
public sealed record ColourJitter(double Brightness, double Contrast, double Saturation)
{
    /// <summary>Changes an image in place.</summary>
    /// <param name="image">Planar bytes; three channels are red, green and blue.</param>
    /// <param name="channels">Number of channels.</param>
    /// <param name="random">Where the numbers come from.</param>
    public void Apply(Span<byte> image, int channels, SeededRandom random)
    {
        Span<int> order = [0, 1, 2];
        random.Shuffle(order);
        foreach (int step in order)
        {
            double strength = step switch { 0 => Brightness, 1 => Contrast, _ => Saturation };
            if (strength <= 0)
            {
                continue;
            }

            float factor = (float)random.NextDouble(Math.Max(0, 1 - strength), 1 + strength);
            int plane = image.Length / channels;
            float mean = step == 1 ? MeanGrey(image, plane) : 0;
            for (int p = 0; p < plane; p++)
            {
                float other = step == 2 ? Grey(image, plane, p) : mean;
                for (int c = p; c < image.Length; c += plane)
                {
                    image[c] = (byte)Math.Clamp(factor * image[c] + (1 - factor) * other + 0.5f, 0, 255);
                }
            }
        }
    }

    private static float MeanGrey(ReadOnlySpan<byte> image, int plane)
    {
        double sum = 0;
        for (int p = 0; p < plane; p++)
        {
            sum += Grey(image, plane, p);
        }

        return (float)(sum / plane);
    }

    /// <summary>Luma of ITU-R BT.601.</summary>
    private static float Grey(ReadOnlySpan<byte> image, int plane, int pixel) => image.Length == 3 * plane
        ? 0.299f * image[pixel] + 0.587f * image[pixel + plane] + 0.114f * image[pixel + 2 * plane]
        : image[pixel];
}
