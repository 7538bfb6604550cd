using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;

namespace TinyClassifier;

/// <summary>Images as the network wants them: 32 × 32 pixels, planar.</summary>
internal static class Picture
{
    private const int Side = 32, Channels = 3;

    /// <summary>Reads a binary PPM (P6) of any size, squeezed to the network's, or pixels that are planar already.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BitAnnealException">The file cannot be read, or is neither.</exception>
    public static byte[] Read(string path)
    {
        byte[] bytes = InputFile.ReadAllBytes(path);
        return bytes is [(byte)'P', (byte)'6', (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n', ..] ? ReadPpm(bytes, path)
            : bytes.Length == Channels * Side * Side ? bytes
            : throw new BitAnnealException($"'{path}' is neither a binary PPM (P6) nor {Channels * Side * Side} bytes long");
    }

    private static byte[] ReadPpm(byte[] bytes, string path)
    {
        int at = 2, width = Number(bytes, ref at), height = Number(bytes, ref at), most = Number(bytes, ref at);
        at++; // One white space ends the header.
        return width > 0 && height > 0 && most == byte.MaxValue && bytes.Length - at >= (long)width * height * Channels
            ? Squeeze(bytes.AsSpan(at), width, height)
            : throw new BitAnnealException($"'{path}' is a damaged PPM, or one with more than 8 bits a channel");
    }

    /// <summary>The next number of the header, behind white space and comments; 0 where there is none.</summary>
    private static int Number(byte[] bytes, ref int at)
    {
        while (at < bytes.Length && (char.IsWhiteSpace((char)bytes[at]) || bytes[at] == '#'))
        {
            at = bytes[at] == '#' ? Math.Max(at, Array.IndexOf(bytes, (byte)'\n', at)) + 1 : at + 1;
        }

        int start = at;
        while (at < bytes.Length && char.IsAsciiDigit((char)bytes[at]))
        {
            at++;
        }

        return int.TryParse(bytes.AsSpan(start, at - start), out int number) ? number : 0;
    }

    /// <summary>Every pixel becomes the mean of the pixels that it covers, or the nearest one of a smaller image.</summary>
    private static byte[] Squeeze(ReadOnlySpan<byte> pixels, int width, int height)
    {
        byte[] image = new byte[Channels * Side * Side];
        for (int i = 0; i < image.Length; i++)
        {
            int c = i / (Side * Side), row = i / Side % Side, column = i % Side;
            var (top, bottom) = Range(row, height);
            var (left, right) = Range(column, width);
            long sum = 0;
            for (int y = top; y < bottom; y++)
            {
                for (int x = left; x < right; x++)
                {
                    sum += pixels[(y * width + x) * Channels + c];
                }
            }

            int count = (bottom - top) * (right - left);
            image[i] = (byte)((sum + count / 2) / count);
        }

        return image;
    }

    private static (int First, int End) Range(int place, int size)
    {
        int first = (int)((long)place * size / Side);
        return (first, Math.Max(first + 1, (int)((long)(place + 1) * size / Side)));
    }
}
