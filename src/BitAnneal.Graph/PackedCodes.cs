namespace BitAnneal.Graphs;

/// <summary>
/// Codes at their true width: code <c>i</c>, counted from the smallest code of the grid, takes the bits
/// <c>i·Bits … (i+1)·Bits − 1</c> of the byte stream, least significant bit first, without gaps.
/// </summary>
/// <remarks>For widths 1, 2, 4 and 8 the bytes are those of an ONNX tensor of that width.</remarks>
public sealed class PackedCodes
{
    private readonly byte[] bytes;

    private PackedCodes(byte[] bytes, int bits, int count) => (this.bytes, Bits, Count) = (bytes, bits, count);

    /// <summary>Width of one code, 1 to 8.</summary>
    public int Bits { get; }

    /// <summary>Number of codes.</summary>
    public int Count { get; }

    /// <summary>The packed bytes; unused bits of the last byte are zero.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>One code, 0 to 2^Bits − 1.</summary>
    public int this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            long bit = (long)index * Bits;
            int at = (int)(bit >> 3), shift = (int)(bit & 7);
            int word = bytes[at] | (at + 1 < bytes.Length ? bytes[at + 1] << 8 : 0);
            return (word >> shift) & ((1 << Bits) - 1);
        }
    }

    /// <summary>Bytes that <paramref name="count"/> codes take.</summary>
    public static int ByteCount(int count, int bits) => checked((int)(((long)count * bits + 7) / 8));

    /// <summary>Packs codes.</summary>
    /// <param name="codes">Each 0 to 2^bits − 1.</param>
    /// <param name="bits">Width, 1 to 8.</param>
    /// <exception cref="ArgumentOutOfRangeException">A code does not fit, or the width is outside 1..8.</exception>
    public static PackedCodes Pack(ReadOnlySpan<byte> codes, int bits)
    {
        int last = Grid.LastCode(bits);
        byte[] bytes = new byte[ByteCount(codes.Length, bits)];
        for (int i = 0; i < codes.Length; i++)
        {
            if (codes[i] > last)
            {
                throw new ArgumentOutOfRangeException(nameof(codes), $"code {codes[i]} at {i} does not fit {bits} bits");
            }

            long bit = (long)i * bits;
            int at = (int)(bit >> 3), word = codes[i] << (int)(bit & 7);
            bytes[at] |= (byte)word;
            if (word > 0xff)
            {
                bytes[at + 1] |= (byte)(word >> 8);
            }
        }

        return new PackedCodes(bytes, bits, codes.Length);
    }

    /// <summary>Takes bytes that are packed already; they are copied.</summary>
    /// <exception cref="ArgumentException">The byte count is wrong or bits behind the last code are set.</exception>
    public static PackedCodes FromBytes(ReadOnlySpan<byte> packed, int bits, int count)
    {
        _ = Grid.LastCode(bits);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (packed.Length != ByteCount(count, bits))
        {
            throw new ArgumentException($"{packed.Length} bytes for {count} codes of {bits} bits; expected {ByteCount(count, bits)}");
        }

        int used = (int)((long)count * bits & 7);
        if (used != 0 && packed[^1] >> used != 0)
        {
            throw new ArgumentException("bits behind the last code are set");
        }

        return new PackedCodes(packed.ToArray(), bits, count);
    }

    /// <summary>Writes codes <paramref name="start"/> onwards, as many as <paramref name="destination"/> holds.</summary>
    public void Unpack(int start, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = (byte)this[start + i];
        }
    }
}
