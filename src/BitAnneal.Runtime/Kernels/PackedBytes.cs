using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// Codes at their true width, to be unpacked into a byte each. A code of b bits is cut into planes of 4, 2 and 1 bits (more than 7 bits are one plane of
/// 8), and each plane packs 8/p vectors of 64 codes into one: unpacking is a shift, a mask and an or.
/// </summary>
internal sealed unsafe class PackedBytes
{
    private const int Codes = 64; // per vector

    private readonly (int Bits, int Shift, byte[] Bytes)[] planes;
    private readonly int vectors;

    /// <summary>Packs.</summary>
    /// <param name="codes">Unsigned codes, a multiple of 64.</param>
    /// <param name="bits">Their width, 1 to 8.</param>
    public PackedBytes(ReadOnlySpan<byte> codes, int bits)
    {
        vectors = codes.Length / Codes;
        var built = new List<(int, int, byte[])>();
        for (int shift = 0; shift < bits;)
        {
            int width = bits == 8 ? 8 : 1 << BitOperations.Log2((uint)(bits - shift));
            built.Add((width, shift, PackPlane(codes, width, shift)));
            shift += width;
        }

        planes = [.. built];
    }

    /// <summary>Bytes held.</summary>
    public long ByteCount => planes.Sum(p => (long)p.Bytes.Length);

    /// <summary>Writes all codes.</summary>
    /// <param name="target">Room for as many codes as were packed.</param>
    public void Unpack(byte* target)
    {
        for (int i = 0; i < planes.Length; i++)
        {
            var (bits, shift, bytes) = planes[i];
            fixed (byte* source = bytes)
            {
                Unpack(source, target, 8 / bits, bits, shift, i == 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Unpack(byte* source, byte* target, int perByte, int bits, int shift, bool isFirst)
    {
        var mask = Vector512.Create((byte)((1 << bits) - 1));
        for (int v = 0; v < vectors; source += Codes)
        {
            var word = Vector512.Load(source).AsUInt16();
            for (int end = Math.Min(vectors, v + perByte); v < end; v++, target += Codes, word >>>= bits)
            {
                var plane = ((word.AsByte() & mask).AsUInt16() << shift).AsByte(); // No bit leaves its byte.
                (isFirst ? plane : plane | Vector512.Load(target)).Store(target);
            }
        }
    }

    private static byte[] PackPlane(ReadOnlySpan<byte> codes, int bits, int shift)
    {
        int perByte = 8 / bits;
        byte[] bytes = new byte[(codes.Length / Codes + perByte - 1) / perByte * Codes];
        for (int i = 0; i < codes.Length; i++)
        {
            int vector = i / Codes, plane = (codes[i] >> shift) & ((1 << bits) - 1);
            bytes[vector / perByte * Codes + i % Codes] |= (byte)(plane << (vector % perByte * bits));
        }

        return bytes;
    }
}
