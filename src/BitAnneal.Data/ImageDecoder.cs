using System.Buffers.Binary;
using BitAnneal.Graphs;
using StbImageSharp;

namespace BitAnneal.Data;

/// <summary>
/// Decodes JPEG, PNG, BMP and GIF files (of which the first picture counts) to interleaved red, green and blue bytes: grey becomes three equal channels, transparency is dropped, 16 bits become
/// 8, and an orientation tag is not applied. Sizes are checked before anything is decoded.
/// </summary>
internal static class ImageDecoder
{
    private const int MaxSide = 1 << 14, Channels = 3;
    private const long MaxPixels = 64L << 20, MaxFileBytes = 256L << 20;

    /// <summary>Reads one file.</summary>
    /// <exception cref="BitAnnealException">The file cannot be read, is damaged, of another format, or larger than 64 megapixels or 16,384 a side.</exception>
    public static Picture Decode(string path)
    {
        byte[] file = ReadFile(path);
        bool isPng = file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']);
        var jpeg = file.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xff, 0xd8, 0xff]) ? JpegLayout.Of(file) : null;
        if (jpeg is null && !isPng && !file.AsSpan().StartsWith("BM"u8) && !file.AsSpan().StartsWith("GIF8"u8))
        {
            throw new BitAnnealException($"'{path}' is no JPEG, PNG, BMP or GIF file");
        }

        if (jpeg is { IsWhole: false })
        {
            throw new BitAnnealException($"'{path}' is damaged: the JPEG data end too early");
        }

        try
        {
            var info = ImageInfo.FromStream(new MemoryStream(file)) ?? throw new InvalidDataException("its header cannot be read or claims a picture that is too large");
            int width = info.Width, height = Math.Abs(info.Height); // A BMP file whose rows go down has a negative height.
            if (width < 1 || height < 1 || width > MaxSide || height > MaxSide || (long)width * height > MaxPixels)
            {
                throw new BitAnnealException($"'{path}' claims {width}x{height} pixels; at most {MaxPixels >> 20} megapixels and {MaxSide} a side are read");
            }

            if (isPng)
            {
                PngLayout.Require(file);
            }
            else if (jpeg is null)
            {
                RequireWhole(file, (long)width * height);
            }

            byte[] marked = jpeg is { IsUnmarkedCmyk: true } ? JpegLayout.WithAdobe(file) : file;
            var image = ImageResult.FromMemory(marked, ColorComponents.RedGreenBlue);
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

    /// <summary>Refuses a BMP or GIF file that was cut: the decoder fills up with what was there before.</summary>
    private static void RequireWhole(ReadOnlySpan<byte> file, long pixels)
    {
        bool isWhole = file[0] == 'G' ? file.TrimEnd((byte)0) is [.., 0x3b] // Its end marker.
            : file.Length >= 30 && file.Length - 14 >= pixels * BinaryPrimitives.ReadUInt16LittleEndian(file[(file[14] == 12 ? 24 : 28)..]) / 8;
        if (!isWhole)
        {
            throw new InvalidDataException("the picture data end too early");
        }
    }
}
