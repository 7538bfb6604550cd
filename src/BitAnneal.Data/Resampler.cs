using System.Buffers;

namespace BitAnneal.Data;

/// <summary>
/// Scales pictures with the triangle filter, which is as wide as the step between output pixels when it shrinks: bilinear with antialiasing,
/// the weights of Pillow's BILINEAR and of torchvision with <c>antialias</c>. Columns first, then rows; sums in float32, rounded to a byte once.
/// Pixels outside of the scaled region have no weight. At scale 1 every byte comes out as it went in.
/// </summary>
internal static class Resampler
{
    /// <summary>Scales a region of a picture to a size and writes a window of the result.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="region">What of it is scaled.</param>
    /// <param name="height">Rows of the scaled region.</param>
    /// <param name="width">Columns of the scaled region.</param>
    /// <param name="window">Which part of the scaled region is written.</param>
    /// <param name="target">Planar bytes: channels × rows × columns of the window.</param>
    public static void Scale(Picture picture, Region region, int height, int width, Region window, Span<byte> target)
    {
        var columns = new Taps(region.Width, width, window.Left, window.Width);
        var rows = new Taps(region.Height, height, window.Top, window.Height);
        int firstRow = rows.First[0], rowCount = rows.First[^1] + rows.Count[^1] - firstRow, line = picture.Channels * window.Width;
        float[] narrow = ArrayPool<float>.Shared.Rent(rowCount * line);
        for (int y = 0; y < rowCount; y++)
        {
            int start = ((region.Top + firstRow + y) * picture.Width + region.Left) * picture.PixelStep;
            Narrow(picture, start, columns, narrow.AsSpan(y * line, line));
        }

        Span<float> sums = new float[line];
        for (int y = 0; y < window.Height; y++)
        {
            sums.Clear();
            for (int k = 0; k < rows.Count[y]; k++)
            {
                float weight = rows.Weight(y, k);
                var source = narrow.AsSpan((rows.First[y] - firstRow + k) * line, line);
                for (int i = 0; i < line; i++)
                {
                    sums[i] += weight * source[i];
                }
            }

            for (int i = 0; i < line; i++)
            {
                target[(i / window.Width * window.Height + y) * window.Width + i % window.Width] = (byte)Math.Clamp(sums[i] + 0.5f, 0, 255);
            }
        }

        ArrayPool<float>.Shared.Return(narrow);
    }

    /// <summary>One row, filtered along its columns; one channel after another.</summary>
    private static void Narrow(Picture picture, int start, Taps columns, Span<float> line)
    {
        int step = picture.PixelStep, width = line.Length / picture.Channels;
        for (int c = 0; c < picture.Channels; c++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = start + c * picture.ChannelStep + columns.First[x] * step;
                float sum = 0;
                for (int k = 0; k < columns.Count[x]; k++, at += step)
                {
                    sum += columns.Weight(x, k) * picture.Bytes[at];
                }

                line[c * width + x] = sum;
            }
        }
    }

    /// <summary>Which source places make up each output place along one axis, and with what weight.</summary>
    private sealed class Taps
    {
        private readonly float[] weights;
        private readonly int most;

        public Taps(int sourceLength, int length, int firstOutput, int outputs)
        {
            double scale = (double)sourceLength / length, reach = Math.Max(scale, 1);
            most = (int)Math.Min(sourceLength, 2 * Math.Ceiling(reach) + 1);
            (First, Count, weights) = (new int[outputs], new int[outputs], new float[outputs * most]);
            for (int i = 0; i < outputs; i++)
            {
                double center = (firstOutput + i + 0.5) * scale, total = 0;
                First[i] = Math.Max(0, (int)(center - reach + 0.5));
                Count[i] = Math.Min(sourceLength, (int)(center + reach + 0.5)) - First[i];
                for (int k = 0; k < Count[i]; k++)
                {
                    total += Triangle((First[i] + k + 0.5 - center) / reach);
                }

                for (int k = 0; k < Count[i]; k++)
                {
                    weights[i * most + k] = (float)(Triangle((First[i] + k + 0.5 - center) / reach) / total);
                }
            }
        }

        public int[] First { get; }

        public int[] Count { get; }

        public float Weight(int output, int tap) => weights[output * most + tap];

        private static double Triangle(double x) => Math.Max(0, 1 - Math.Abs(x));
    }
}
