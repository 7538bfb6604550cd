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
            throw new GraphException(tensor.Name, bits == 0 ? $"is a constant of the type {tensor.DataType}, which is not read" : "keeps its data in another file, which is not read");
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

    /// <summary>Unsigned codes of 2, 4 or 8 bits.</summary>
    public static (byte[] Codes, int Bits) Codes(TensorProto tensor)
    {
        int count = Count(tensor), bits = OnnxTypes.BitsOf(tensor.DataType);
        if (bits > 8)
        {
            throw new GraphException(tensor.Name, "is no constant of 2, 4 or 8 bits");
        }

        byte[] codes = new byte[count];
        byte[] raw = tensor.RawData;
        for (int i = 0; i < count; i++)
        {
            codes[i] = (byte)((raw[i * bits / 8] >> (i * bits % 8)) & ((1 << bits) - 1));
        }

        return (codes, bits);
    }

    private static void Require(TensorProto tensor, int type)
    {
        if (tensor.DataType != type)
        {
            throw new GraphException(tensor.Name, $"is a constant of the type {tensor.DataType} where {type} is expected");
        }
    }
}
