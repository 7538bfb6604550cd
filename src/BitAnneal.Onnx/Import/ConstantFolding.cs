using System.Globalization;
using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>Gathers codes, scales and offsets from the small expressions in which the exporter writes grids.</summary>
internal static class ConstantFolding
{
    /// <summary>What a node adds to what is known; null where it fits no expression.</summary>
    public static Symbol? Apply(NodeProto node, Symbol[] x) => (node.OpType, x) switch
    {
        ("DequantizeLinear", [ConstantValue c, ConstantValue scale]) => Codes(c.Tensor, scale, 0),
        ("DequantizeLinear", [ConstantValue c, ConstantValue scale, ConstantValue zero]) => Codes(c.Tensor, scale, -ZeroPoint(zero)),
        ("DequantizeLinear", [BitPlane bits, ConstantValue scale]) => Codes(bits, scale),
        ("DequantizeLinear", [RawInput { Type: OnnxTypes.UInt8 } input, ConstantValue scale]) => new ScaledInput(input.Shape, TensorReader.Floats(scale.Tensor), null),
        ("DequantizeLinear", [Quantizing { Scales: not null } q, ConstantValue scale, ConstantValue zero])
            when Same(q.Scales, scale) && -ZeroPoint(zero) == q.Min => q with { IsDequantized = true },
        ("BitShift", [ConstantValue c, ConstantValue shifts]) when TensorReader.Codes(shifts.Tensor).Codes is [0, 1, 2, 3, 4, 5, 6, 7] => new BitPlane(TensorReader.Codes(c.Tensor).Codes, [.. c.Tensor.Dims], c.Tensor.DocString),
        ("BitwiseAnd", [BitPlane bits, ConstantValue one]) when TensorReader.Codes(one.Tensor).Codes is [1] => bits,
        ("Slice", [BitPlane bits, var first, _]) when Longs(first) is [0] => bits,
        ("Reshape", [BitPlane bits, ConstantValue shape]) => bits with { Shape = TensorReader.Longs(shape.Tensor) },
        ("Sub", [NodeValue v, ConstantValue offset]) => new Quantizing(v.Node, TensorReader.Floats(offset.Tensor), null, 0, 0, false),
        ("QuantizeLinear", [NodeValue or Quantizing { Scales: null }, ConstantValue scale, ConstantValue zero]) =>
            Begin(x[0]) with { Scales = TensorReader.Floats(scale.Tensor), Min = -ZeroPoint(zero), Max = 255 - ZeroPoint(zero) },
        ("Div", [NodeValue or Quantizing { Scales: null }, ConstantValue scale]) => Begin(x[0]) with { Scales = TensorReader.Floats(scale.Tensor) },
        ("Round", [Quantizing q]) => q,
        ("Clip", [Quantizing q, ConstantValue { Tensor.DataType: OnnxTypes.UInt8 } first, ConstantValue last]) when TensorReader.Codes(first.Tensor).Codes is [0] => q with { Max = q.Min + TensorReader.Codes(last.Tensor).Codes.Single() },
        ("Clip", [Quantizing q, ConstantValue min, ConstantValue max]) => q with { Min = Whole(min), Max = Whole(max) },
        ("Mul", [Quantizing { Scales: not null } q, ConstantValue scale]) when Same(q.Scales, scale) => q with { IsDequantized = true },
        ("Mul", [ConstantCodes c, ConstantValue scale]) => c with { Scales = TensorReader.Floats(scale.Tensor), Min = (int)(c.Offsets?.Single() ?? 0), Offsets = null },
        ("Add", [ConstantCodes low, ConstantCodes high]) => Combine(low, high),
        ("Add", [ConstantCodes c, ConstantValue offset]) => c with { Offsets = TensorReader.Floats(offset.Tensor) },
        ("Add", [Quantizing { IsDequantized: true, Offsets: { } subtracted } q, ConstantValue offset]) when Same(subtracted, offset) => q,
        ("Add", [ScaledInput input, ConstantValue offset]) => input with { Offsets = TensorReader.Floats(offset.Tensor) },
        _ => null,
    };

    /// <summary>A parameter of a node.</summary>
    public static GraphTensor Parameter(Symbol symbol, string node)
    {
        switch (symbol)
        {
            case ConstantValue constant:
                return new FloatTensor(Shape([.. constant.Tensor.Dims]), TensorReader.Floats(constant.Tensor));
            case ConstantCodes c:
                int levels = c.Note.Length == 0 ? 1 << c.Bits : int.Parse(c.Note, NumberStyles.None, CultureInfo.InvariantCulture);
                var grid = new Grid(c.Min, c.Min + levels - 1, c.Scales, c.Offsets ?? new float[c.Scales.Length]);
                return new QuantizedTensor(Shape(c.Shape), grid, PackedCodes.Pack(c.Codes, c.Bits));
            default:
                throw new GraphException(node, "has a parameter that is not constant");
        }
    }

    /// <summary>Values of a float constant; null for anything else.</summary>
    public static float[]? Floats(Symbol symbol) => symbol is ConstantValue { Tensor.DataType: OnnxTypes.Float } c ? TensorReader.Floats(c.Tensor) : null;

    /// <summary>Values of an integer constant; empty for anything else.</summary>
    public static int[] Ints(Symbol? symbol) => symbol is ConstantValue { Tensor.DataType: OnnxTypes.Int64 } c ? [.. TensorReader.Longs(c.Tensor).Select(v => checked((int)v))] : [];

    /// <summary>The same as they stand in the file.</summary>
    public static long[] Longs(Symbol? symbol) => symbol is ConstantValue { Tensor.DataType: OnnxTypes.Int64 } c ? TensorReader.Longs(c.Tensor) : [];

    private static Quantizing Begin(Symbol x) => x as Quantizing ?? new Quantizing(((NodeValue)x).Node, null, null, 0, 0, false);

    private static int ZeroPoint(ConstantValue zero) => TensorReader.Codes(zero.Tensor).Codes is [var first, ..] codes && Array.TrueForAll(codes, c => c == first)
        ? first : throw new GraphException(zero.Tensor.Name, "is a zero point that differs between channels, which BitAnneal does not honour");

    private static bool Same(float[] values, ConstantValue constant) => values.AsSpan().SequenceEqual(TensorReader.Floats(constant.Tensor));

    private static int Whole(ConstantValue constant) => TensorReader.Floats(constant.Tensor) is [var value] && value == (int)value
        ? (int)value : throw new GraphException(constant.Tensor.Name, "is a bound of codes and no whole number");

    private static ConstantCodes Codes(TensorProto tensor, ConstantValue scale, int min)
    {
        var (codes, bits) = TensorReader.Codes(tensor);
        return new ConstantCodes(codes, bits, [.. tensor.Dims], tensor.DocString, min, TensorReader.Floats(scale.Tensor), null);
    }

    private static ConstantCodes Codes(BitPlane plane, ConstantValue scale)
    {
        long count = Shape(plane.Shape).ElementCount;
        if ((count + 7) / 8 != plane.Packed.Length)
        {
            throw new ArgumentException($"{plane.Packed.Length} bytes do not hold {count} bits");
        }

        byte[] codes = new byte[count];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)((plane.Packed[i / 8] >> (i % 8)) & 1);
        }

        return new ConstantCodes(codes, 1, plane.Shape, plane.Note, 0, TensorReader.Floats(scale.Tensor), null);
    }

    /// <summary>The codes of two planes; the scale of the higher one is its place value.</summary>
    private static ConstantCodes Combine(ConstantCodes low, ConstantCodes high)
    {
        if (low.Codes.Length != high.Codes.Length || low.Bits + high.Bits > Grid.MaxBits)
        {
            throw new ArgumentException("two bit planes of different size");
        }

        byte[] codes = [.. low.Codes.Zip(high.Codes, (a, b) => (byte)(a | (b << low.Bits)))];
        return low with { Codes = codes, Bits = low.Bits + high.Bits };
    }

    private static TensorShape Shape(long[] dimensions)
    {
        int[] sizes = [.. dimensions.Select(d => checked((int)d))];
        return new TensorShape(sizes);
    }
}
