using System.Globalization;
using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>Gathers codes, scales and offsets from the small expressions in which the exporter writes a parameter.</summary>
internal static class ConstantFolding
{
    /// <summary>What a node adds to what is known; null where it fits no expression.</summary>
    public static Symbol? Apply(NodeProto node, Symbol[] x) => (node.OpType, x) switch
    {
        ("DequantizeLinear", [ConstantValue c, ConstantValue scale]) => Codes(node, c, scale, 0),
        ("DequantizeLinear", [ConstantValue c, ConstantValue scale, ConstantValue zero]) when zero.Tensor.DataType == c.Tensor.DataType =>
            Codes(node, c, scale, -ZeroPoint(zero, scale)),
        ("DequantizeLinear", [BitPlane { Step: BitStep.Shaped } bits, ConstantValue scale]) => Codes(bits, scale),
        ("BitShift", [ConstantValue c, ConstantValue shifts]) when Bytes(shifts, 8) is [0, 1, 2, 3, 4, 5, 6, 7] && c.Tensor.Dims is [_, 1] =>
            new BitPlane(c.Tensor, BitStep.Shifted, 8L * TensorReader.Bytes(c.Tensor).Length, []),
        ("BitwiseAnd", [BitPlane { Step: BitStep.Shifted } bits, ConstantValue one]) when Bytes(one) is [1] => bits with { Step = BitStep.Masked },
        ("Reshape", [BitPlane { Step: BitStep.Masked } bits, ConstantValue shape]) when Longs(shape) is [-1] => bits with { Step = BitStep.Flat },
        ("Slice", [BitPlane { Step: BitStep.Flat } bits, ConstantValue first, ConstantValue last])
            when Longs(first) is [0] && Longs(last) is [var count] && count <= bits.Count && count > bits.Count - 8 =>
                bits with { Step = BitStep.Cut, Count = count },
        ("Reshape", [BitPlane { Step: BitStep.Cut } bits, ConstantValue shape]) when Longs(shape) is var dims && Shape(dims).ElementCount == bits.Count =>
            bits with { Step = BitStep.Shaped, Shape = dims },
        ("Mul", [ConstantCodes { IsScaled: false, Scales: [1] } c, ConstantValue scale]) when IsAlongRows(scale, c.Shape) =>
            c with { Scales = TensorReader.Floats(scale.Tensor), Min = checked(c.Min + Whole(c.Offsets)), Offsets = null, IsScaled = true },
        ("Add", [ConstantCodes low, ConstantCodes high]) => Combine(low, high),
        ("Add", [ConstantCodes { Offsets: null } c, ConstantValue offset]) when IsAlongRows(offset, c.Shape) =>
            c with { Offsets = TensorReader.Floats(offset.Tensor) },
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
                string note = c.Planes[0].Tensor.DocString;
                int levels = 1 << c.Bits;
                if (note.Length > 0 && (!int.TryParse(note, NumberStyles.None, CultureInfo.InvariantCulture, out levels) || levels < 1 || levels > 1 << c.Bits))
                {
                    throw new GraphException(node, $"has codes of {c.Bits} bits whose number of levels is noted as '{note}'");
                }

                var grid = new Grid(c.Min, c.Min + levels - 1, c.Scales, c.Offsets ?? new float[c.Scales.Length]);
                return new QuantizedTensor(Shape(c.Shape), grid, TensorReader.Codes(c.Planes, checked((int)Shape(c.Shape).ElementCount)));
            default:
                throw new GraphException(node, "has a parameter that is not constant");
        }
    }

    /// <summary>Values of a float constant; null for anything else.</summary>
    public static float[]? Floats(Symbol symbol) => symbol is ConstantValue { Tensor.DataType: OnnxTypes.Float } c ? TensorReader.Floats(c.Tensor) : null;

    /// <summary>Values of a constant of integers; empty for anything else.</summary>
    public static long[] Longs(Symbol? symbol) => symbol is ConstantValue { Tensor.DataType: OnnxTypes.Int64 } c ? TensorReader.Longs(c.Tensor) : [];

    /// <summary>The same where they are sizes.</summary>
    public static int[] Ints(Symbol? symbol) => [.. Longs(symbol).Select(v => checked((int)v))];

    /// <summary>The zero point that all channels have.</summary>
    public static int ZeroPoint(ConstantValue zero, ConstantValue scale)
    {
        var codes = TensorReader.Codes([new CodePlane(zero.Tensor, OnnxTypes.BitsOf(zero.Tensor.DataType))], TensorReader.Count(zero.Tensor));
        if (!zero.Tensor.Dims.SequenceEqual(scale.Tensor.Dims) || codes.Count == 0 || Enumerable.Range(0, codes.Count).Any(i => codes[i] != codes[0]))
        {
            throw new GraphException(
                zero.Tensor.Name, "is a zero point that differs between channels or has another shape than the scale, which BitAnneal does not honour");
        }

        return codes[0];
    }

    /// <summary>A bound of codes.</summary>
    public static int Whole(ConstantValue constant) => Whole(TensorReader.Floats(constant.Tensor));

    private static int Whole(float[]? values) => values is null ? 0 : values is [>= -256 and <= 256 and var value] && value == (int)value
        ? (int)value : throw new ArgumentException("a bound of codes is no whole number between -256 and 256");

    private static byte[] Bytes(ConstantValue constant, params long[] shape) =>
        constant.Tensor.Dims.SequenceEqual(shape) ? TensorReader.Bytes(constant.Tensor) : [];

    private static ConstantCodes? Codes(NodeProto node, ConstantValue codes, ConstantValue scale, int min)
    {
        bool perChannel = scale.Tensor.Dims.Count > 0;
        if (perChannel && (scale.Tensor.Dims.Count > 1 || new Attributes(node).Int("axis", 1) != 0))
        {
            return null;
        }

        int bits = OnnxTypes.BitsOf(codes.Tensor.DataType);
        _ = TensorReader.Count(codes.Tensor);
        return bits > 8 ? null : new ConstantCodes([new(codes.Tensor, bits)], [.. codes.Tensor.Dims], min, TensorReader.Floats(scale.Tensor), null, false);
    }

    private static ConstantCodes? Codes(BitPlane plane, ConstantValue scale) => scale.Tensor.Dims.Count > 0
        ? null : new ConstantCodes([new(plane.Bytes, 1)], plane.Shape, 0, TensorReader.Floats(scale.Tensor), null, false);

    /// <summary>The codes of two planes; the scale of the higher one is its place value.</summary>
    private static ConstantCodes? Combine(ConstantCodes low, ConstantCodes high) =>
        low is { Min: 0, Offsets: null, IsScaled: false, Scales: [1] } && high is { Min: 0, Offsets: null, IsScaled: false, Scales: [var place] }
        && low.Bits + high.Bits <= Grid.MaxBits && place == 1 << low.Bits && low.Shape.SequenceEqual(high.Shape)
            ? low with { Planes = [.. low.Planes, .. high.Planes] } : null;

    /// <summary>Whether a constant is one number, or one for each index of the first dimension.</summary>
    private static bool IsAlongRows(ConstantValue constant, long[] shape) =>
        constant.Tensor.Dims is { Count: 0 }
        || (constant.Tensor.Dims is { } dims && dims.Count == shape.Length && dims[0] == shape[0] && dims.Skip(1).All(d => d == 1));

    private static TensorShape Shape(long[] dimensions)
    {
        int[] sizes = [.. dimensions.Select(d => checked((int)d))];
        return new TensorShape(sizes);
    }
}
