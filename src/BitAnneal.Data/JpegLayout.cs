using System.Buffers.Binary;

namespace BitAnneal.Data;

/// <summary>What the markers before the first scan of a JPEG file say.</summary>
/// <param name="IsWhole">Whether the end marker follows the first scan. The decoder itself takes a truncated file for grey pixels.</param>
/// <param name="IsUnmarkedCmyk">Whether there are four components and no word from Adobe on them.</param>
internal sealed record JpegLayout(bool IsWhole, bool IsUnmarkedCmyk)
{
    public static JpegLayout Of(ReadOnlySpan<byte> file)
    {
        int at = 2, frame = 0;
        bool hasAdobe = false;
        while (at + 4 <= file.Length && file[at] == 0xff)
        {
            byte marker = file[at + 1];
            if (marker == 0xda)
            {
                bool isUnmarkedCmyk = frame > 0 && !hasAdobe && file.Length > frame + 9 && file[frame + 9] == 4;
                return new JpegLayout(file[at..].LastIndexOf((ReadOnlySpan<byte>)[0xff, 0xd9]) > 0, isUnmarkedCmyk);
            }

            if (marker == 0xff)
            {
                at++; // It may repeat before a marker.
                continue;
            }

            frame = marker is 0xc0 or 0xc1 or 0xc2 ? at : frame;
            hasAdobe |= marker == 0xee && file[(at + 4)..].StartsWith("Adobe"u8);
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return new JpegLayout(false, false);
    }

    /// <summary>
    /// The file with a word from Adobe that its four components are inks. Without one the decoder takes them for YCbCr; other readers, such as
    /// Pillow, assume what Adobe writes.
    /// </summary>
    public static byte[] WithAdobe(byte[] file) => [.. file[..2], 0xff, 0xee, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0, .. file[2..]];
}
