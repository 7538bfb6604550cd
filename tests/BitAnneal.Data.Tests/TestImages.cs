using System.Buffers.Binary;
using System.IO.Compression;

namespace BitAnneal.Data.Tests;

/// <summary>Small PNG and JPEG files.</summary>
internal static class TestImages
{
    /// <summary>40×24 pixels, red 6x, green 10y, blue 255 − 6x, baseline and progressive.</summary>
    public static byte[] Jpeg(bool progressive = false) => Convert.FromBase64String(progressive ? Progressive : Baseline);

    /// <summary>A byte of the test pattern.</summary>
    public static byte Pattern(int c, int y, int x) => (byte)(x * 37 + y * 59 + c * 83 + x * y * 5);

    /// <summary>The test pattern as a PNG file of 1 (grey), 3 (colour) or 4 (with transparency) channels.</summary>
    public static byte[] Png(int width, int height, int channels = 3)
    {
        byte[] rows = new byte[height * (1 + width * channels)]; // Every row starts with the number of its filter: 0.
        for (int y = 0; y < height; y++)
        {
            for (int i = 0; i < width * channels; i++)
            {
                rows[y * (1 + width * channels) + 1 + i] = Pattern(i % channels, y, i / channels);
            }
        }

        return Png(width, height, channels switch { 1 => 0, 3 => 2, _ => 6 }, rows);
    }

    /// <summary>A PNG file whose header claims what it likes.</summary>
    public static byte[] Png(int width, int height, byte colourType, byte[] rows)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, colourType);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        return [0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        uint crc = uint.MaxValue;
        foreach (byte value in chunk.AsSpan(4, 4 + data.Length))
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320);
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), ~crc);
        return chunk;
    }

    private const string Baseline =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/" +
        "2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAYACgDASIAAhEBAxEB/8QA" +
        "FwABAQEBAAAAAAAAAAAAAAAAAAUHCP/EABoQAAEFAQAAAAAAAAAAAAAAAAAEBiMxoRH/xAAWAQEBAQAAAAAAAAAAAAAAAAAIBwn/xAAeEQAABgMBAQAAAAAA" +
        "AAAAAAAAAwQGISIBBTITI//aAAwDAQACEQMRAD8A44Ssmo8LCVk1HhsyVk1HhXSsmo8GC5N91InTfc3NhjSVk95HhXSsqo8NmSsrvI8LCVlVHgVHJvupCVb7" +
        "m5sMZSsqo8BvqVlVHgDZsN998yL+hc3xxYX0rJqPCwlZNR4AMdyrDrSMVG+vPrYV0rJ7yPCwlZVR4AFRyLDrSEq3159ZFhKyqjwABs2Cw73zIQCFef44kf/Z";

    private const string Progressive =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/" +
        "2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wgARCAAYACgDASIAAhEBAxEB/8QA" +
        "GAABAQEBAQAAAAAAAAAAAAAAAAQGBQf/xAAWAQEBAQAAAAAAAAAAAAAAAAAHBgj/2gAMAwEAAhADEAAAAfG7NnYwTmMs2dhUl4xvhrf9CwZMVV2BSlWA2QP/" +
        "xAAWEAADAAAAAAAAAAAAAAAAAAAAAgT/2gAIAQEAAQUCWIWIWIWIWIWIWIWIWIWIWIWIWIWIWI//xAAbEQACAwEBAQAAAAAAAAAAAAAABQIDITESIv/aAAgB" +
        "AwEBPwFez5ovZ80oZ/HRffPNF988KL5+D//EABwRAAEEAwEAAAAAAAAAAAAAAAACAwQFEiExIv/aAAgBAgEBPwGyn9LKf0kT/ZZPL2WTy9kh5eZ//8QAFRAB" +
        "AQAAAAAAAAAAAAAAAAAAADH/2gAIAQEABj8CiIiIiIiIiI//xAAUEAEAAAAAAAAAAAAAAAAAAAAw/9oACAEBAAE/IX20m0k20n//2gAMAwEAAgADAAAAEO4D" +
        "wP8A3//EABgRAAMBAQAAAAAAAAAAAAAAAAAQIRFB/9oACAEDAQE/EEAQIzrGNT//xAAYEQEAAwEAAAAAAAAAAAAAAAAAIUFREf/aAAgBAgEBPxDQ0JMrhYOj" +
        "L//EABcQAAMBAAAAAAAAAAAAAAAAAAAxwRH/2gAIAQEAAT8QRAiDTIEwJgRAiDXIEwJgRAiDTIEwJg//2Q==";
}
