using System.Buffers.Binary;
using System.IO.Compression;

namespace BitAnneal.Data;

/// <summary>
/// Looks through the chunks of a PNG file before it is decoded: the decoder allocates what a chunk claims, and unpacks picture data without a
/// limit, so that a small file could take any amount of memory.
/// </summary>
internal static class PngLayout
{
    private const int Signature = 8, Frame = 12; // Length, type and checksum are around the content of every chunk.
    private const int Spare = 1 << 16; // Some writers pad the picture data.

    /// <summary>Refuses chunks that are longer than the file, and picture data that are longer than the header's sizes need.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static void Require(byte[] file)
    {
        long expected = 0;
        bool hasZlibHeader = true;
        var data = new List<ArraySegment<byte>>();
        int at = Signature;
        while (true)
        {
            if (file.Length - at < Frame)
            {
                throw new InvalidDataException("the PNG data end too early");
            }

            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            var type = file.AsSpan(at + 4, 4);
            if (type.ContainsAnyExcept(Letters))
            {
                throw new InvalidDataException($"no chunk starts at byte {at}");
            }

            if (length > file.Length - at - Frame)
            {
                throw new InvalidDataException($"a chunk at byte {at} claims {length} bytes; {file.Length - at - Frame} are left");
            }

            if (type.SequenceEqual("IEND"u8))
            {
                break;
            }

            var content = new ArraySegment<byte>(file, at + 8, (int)length);
            if (type.SequenceEqual("IHDR"u8))
            {
                expected = length == 13 ? Expected(content) : throw new InvalidDataException($"its header has {length} bytes instead of 13");
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                data.Add(content);
            }

            hasZlibHeader &= !type.SequenceEqual("CgBI"u8); // A variant that has none.
            at += Frame + (int)length;
        }

        RequireFits(data, hasZlibHeader, expected);
    }

    private static ReadOnlySpan<byte> LetterBytes => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    private static readonly System.Buffers.SearchValues<byte> Letters = System.Buffers.SearchValues.Create(LetterBytes);

    /// <summary>The bytes of all rows: each has one more, the number of its filter.</summary>
    private static long Expected(ReadOnlySpan<byte> header)
    {
        long width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        long bits = header[8] * (header[9] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 });
        long Rows(long w, long h) => w == 0 || h == 0 ? 0 : h * (1 + (w * bits + 7) / 8);
        if (header[12] == 0)
        {
            return Rows(width, height);
        }

        (int X, int Y, int Dx, int Dy)[] passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        return passes.Sum(p => Rows((width - p.X + p.Dx - 1) / p.Dx, (height - p.Y + p.Dy - 1) / p.Dy));
    }

    private static void RequireFits(List<ArraySegment<byte>> data, bool hasZlibHeader, long expected)
    {
        using var packed = new MemoryStream(data.Sum(d => d.Count));
        data.ForEach(d => packed.Write(d));
        packed.Position = Math.Min(packed.Length, hasZlibHeader ? 2 : 0);
        using var unpacked = new DeflateStream(packed, CompressionMode.Decompress);
        byte[] block = new byte[1 << 16];
        long count = 0;
        while (unpacked.Read(block) is > 0 and var read)
        {
            if ((count += read) > expected + Spare)
            {
                throw new InvalidDataException($"its picture data are longer than its header says ({expected} bytes)");
            }
        }
    }
}
