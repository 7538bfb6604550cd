using System.Buffers.Binary;
using BitAnneal.Graphs;
using StbImageSharp;

namespace BitAnneal.Data;

/// <summary>
/// Decodes JPEG and PNG files to interleaved red, green and blue bytes: grey becomes three equal channels, transparency is dropped, 16 bits become
/// 8, and an orientation tag is not applied. Sizes are checked before anything is decoded.
/// </summary>
internal static class ImageDecoder
{
    private const int MaxSide = 1 << 14, Channels = 3;
    private const long MaxPixels = 64L << 20, MaxFileBytes = 256L << 20;

    /// <summary>Reads one file.</summary>
    /// <exception cref="BitAnnealException">The file cannot be read, is damaged, neither JPEG nor PNG, or larger than 64 megapixels or 16,384 a side.</exception>
    public static Picture Decode(string path)
    {
        byte[] file = ReadFile(path);
        bool isJpeg = file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]);
        if (!isJpeg && !file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']))
        {
            throw new BitAnnealException($"'{path}' is neither a JPEG nor a PNG file");
        }

        if (isJpeg && !IsWholeJpeg(file))
        {
            throw new BitAnnealException($"'{path}' is damaged: the JPEG data end too early");
        }

        try
        {
            var info = ImageInfo.FromStream(new MemoryStream(file)) ?? throw new InvalidDataException("its header cannot be read or claims a picture that is too large");
            if (info.Width < 1 || info.Height < 1 || info.Width > MaxSide || info.Height > MaxSide || (long)info.Width * info.Height > MaxPixels)
            {
                throw new BitAnnealException($"'{path}' claims {info.Width}x{info.Height} pixels; at most {MaxPixels >> 20} megapixels and {MaxSide} a side are read");
            }

            if (!isJpeg)
            {
                PngLayout.Require(file);
            }

            var image = ImageResult.FromMemory(file, ColorComponents.RedGreenBlue);
            return new Picture(image.Data, Channels, image.Height, image.Width, interleaved: true);
        }
        catch (Exception e) when (e is not (BitAnnealException or OutOfMemoryException)) // The decoder answers damage with whatever it runs into.
        {
            throw new BitAnnealException($"'{path}' is damaged: {e.Message}", e);
        }
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxFileBytes ? File.ReadAllBytes(path)
                : throw new BitAnnealException($"'{path}' is larger than {MaxFileBytes >> 20} MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot read '{path}': {e.Message}", e);
        }
    }

    /// <summary>Whether the end marker follows the first scan. The decoder itself takes a truncated file for grey pixels.</summary>
    private static bool IsWholeJpeg(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xff)
        {
            if (file[at + 1] == 0xda)
            {
                return file[at..].LastIndexOf((ReadOnlySpan<byte>)[0xff, 0xd9]) > 0;
            }

            at += file[at + 1] == 0xff ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]); // 0xff may repeat before a marker.
        }

        return false;
    }
}
