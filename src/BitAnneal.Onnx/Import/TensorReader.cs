using System.Buffers.Binary;
using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>Reads constants. Sizes are checked against the bytes that are there before anything is allocated.</summary>
internal static class TensorReader
{
    private const long MaxDimension = int.MaxValue;

    /// <summary>Number of elements, checked against the data.</summary>
    public static int Count(TensorProto tensor)
    {
        int bits = OnnxTypes.BitsOf(tensor.DataType);
        if (bits == 0 || tensor.DataLocation != 0)
        {
            throw new GraphException(
                tensor.Name, bits == 0 ? $"is a constant of the type {tensor.DataType}, which is not read" : "keeps its data in another file, which is not read");
        }

        long count = 1;
        foreach (long d in tensor.Dims)
        {
            if (d is < 0 or > MaxDimension || (count *= d) > MaxDimension)
            {
                throw new GraphException(tensor.Name, $"is a constant of the impossible shape {string.Join('x', tensor.Dims)}");
            }
        }

        return tensor.RawData.Length == (count * bits + 7) / 8
            ? (int)count
            : throw new GraphException(tensor.Name, $"is a constant of {count} elements of {bits} bits, but holds {tensor.RawData.Length} bytes");
    }

    public static float[] Floats(TensorProto tensor)
    {
        Require(tensor, OnnxTypes.Float);
        float[] values = new float[Count(tensor)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(tensor.RawData.AsSpan(4 * i));
        }

        return values;
    }

    public static long[] Longs(TensorProto tensor)
    {
        Require(tensor, OnnxTypes.Int64);
        long[] values = new long[Count(tensor)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BinaryPrimitives.ReadInt64LittleEndian(tensor.RawData.AsSpan(8 * i));
        }

        return values;
    }

    /// <summary>Bytes; they are the tensor's own.</summary>
    public static byte[] Bytes(TensorProto tensor)
    {
        Require(tensor, OnnxTypes.UInt8);
        _ = Count(tensor);
        return tensor.RawData;
    }

    /// <summary>Puts planes together, the lowest first. Their packing is ours, so that a single one is taken as it is.</summary>
    /// <param name="planes">Each packed at its width.</param>
    /// <param name="count">Number of codes, which the planes hold.</param>
    public static PackedCodes Codes(ReadOnlySpan<CodePlane> planes, int count)
    {
        foreach (var plane in planes)
        {
            if (plane.Bits is < 1 or > 8)
            {
                throw new GraphException(plane.Tensor.Name, "is no constant of 2, 4 or 8 bits");
            }
        }

        if (planes.Length == 1)
        {
            return PackedCodes.FromBytes(planes[0].Tensor.RawData, planes[0].Bits, count);
        }

        byte[] codes = new byte[count];
        int shift = 0;
        foreach (var (tensor, bits) in planes)
        {
            byte[] raw = tensor.RawData;
            for (int i = 0, mask = (1 << bits) - 1; i < count; i++)
            {
                long bit = (long)i * bits; // A width of 1, 2, 4 or 8 never crosses a byte.
                codes[i] |= (byte)(((raw[bit >> 3] >> (int)(bit & 7)) & mask) << shift);
            }

            shift += bits;
        }

        return PackedCodes.Pack(codes, shift);
    }

    private static void Require(TensorProto tensor, int type)
    {
        if (tensor.DataType != type)
        {
            throw new GraphException(tensor.Name, $"is a constant of the type {tensor.DataType} where {type} is expected");
        }
    }
}
