using System.Numerics;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// Weights of 16 output channels in the order the kernel wants them, at their true width. A code of b bits is cut into planes of 4, 2 and 1
/// bits (b = 8 is one plane of 8), and each plane packs 16/p vectors of 32 codes into one: unpacking is a shift, a mask and an or.
/// </summary>
internal sealed unsafe class PackedPanel
{
    private const int Codes = 2 * Tile.Lanes; // per vector

    private readonly (int Bits, int Shift, ushort[] Words)[] planes;
    private readonly int vectors;

    /// <summary>Packs a panel.</summary>
    /// <param name="codes">Unsigned codes, a multiple of 32.</param>
    /// <param name="bits">Their width.</param>
    public PackedPanel(ReadOnlySpan<byte> codes, int bits)
    {
        vectors = codes.Length / Codes;
        var built = new List<(int, int, ushort[])>();
        for (int shift = 0; shift < bits;)
        {
            int width = bits == 8 ? 8 : 1 << BitOperations.Log2((uint)(bits - shift));
            built.Add((width, shift, PackPlane(codes, width, shift)));
            shift += width;
        }

        planes = [.. built];
    }

    /// <summary>Bytes held.</summary>
    public long ByteCount => planes.Sum(p => (long)p.Words.Length * sizeof(ushort));

    /// <summary>Writes all codes as 16-bit numbers.</summary>
    /// <param name="target">Room for as many codes as were packed.</param>
    public void Unpack(short* target)
    {
        for (int i = 0; i < planes.Length; i++)
        {
            var (bits, shift, words) = planes[i];
            int perWord = 16 / bits;
            var mask = Vector512.Create((ushort)((1 << bits) - 1));
            fixed (ushort* source = words)
            {
                for (int v = 0; v < vectors; v++)
                {
                    var word = Vector512.Load(source + v / perWord * Codes);
                    var plane = ((word >>> (v % perWord * bits)) & mask) << shift;
                    ushort* to = (ushort*)target + v * Codes;
                    (i == 0 ? plane : plane | Vector512.Load(to)).Store(to);
                }
            }
        }
    }

    private static ushort[] PackPlane(ReadOnlySpan<byte> codes, int bits, int shift)
    {
        int perWord = 16 / bits, vectors = codes.Length / Codes;
        ushort[] words = new ushort[(vectors + perWord - 1) / perWord * Codes];
        for (int i = 0; i < codes.Length; i++)
        {
            int vector = i / Codes;
            int plane = (codes[i] >> shift) & ((1 << bits) - 1);
            words[vector / perWord * Codes + i % Codes] |= (ushort)(plane << (vector % perWord * bits));
        }

        return words;
    }
}
