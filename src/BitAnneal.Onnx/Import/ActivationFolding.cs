using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>Gathers the grid of an activation from the steps in which the exporter writes a quantization; every step must stand where it is written.</summary>
internal static class ActivationFolding
{
    /// <summary>What a node adds to what is known; null where it fits no quantization.</summary>
    public static Symbol? Apply(NodeProto node, Symbol[] x) => (node.OpType, x) switch
    {
        ("Sub", [NodeValue v, ConstantValue offset]) => new Quantizing(v.Node, QuantizeStep.Shifted, Rank(offset)) { Offsets = Floats(offset) },
        ("QuantizeLinear", [_, ConstantValue scale, ConstantValue zero]) when Begin(x[0]) is { } q => Coded(q, scale, ZeroPoint(zero, scale)),
        ("Div", [_, ConstantValue scale]) when Begin(x[0]) is { } q =>
            q with { Step = QuantizeStep.Divided, Scales = Floats(scale), Rank = Common(q.Rank, Rank(scale)) },
        ("Round", [Quantizing { Step: QuantizeStep.Divided } q]) => q with { Step = QuantizeStep.Coded },
        ("Clip", [Quantizing { Step: QuantizeStep.Coded, IsBytes: true } q, ConstantValue first, ConstantValue last])
            when Codes(first) is [0] && Codes(last) is [var code] => q with { Step = QuantizeStep.Clipped, Max = q.Min + code },
        ("Clip", [Quantizing { Step: QuantizeStep.Coded, IsBytes: false } q, ConstantValue min, ConstantValue max]) =>
            q with { Step = QuantizeStep.Clipped, Min = ConstantFolding.Whole(min), Max = ConstantFolding.Whole(max) },
        ("DequantizeLinear", [Quantizing { Step: QuantizeStep.Coded or QuantizeStep.Clipped, IsBytes: true } q, ConstantValue scale, ConstantValue zero])
            when Same(q.Scales, scale) && ZeroPoint(zero, scale) == -q.Min && IsAlongChannels(node, scale) => Dequantized(q),
        ("Mul", [Quantizing { Step: QuantizeStep.Clipped, IsBytes: false } q, ConstantValue scale])
            when Same(q.Scales, scale) && Common(q.Rank, Rank(scale)) == q.Rank => Dequantized(q),
        ("Add", [Quantizing { Step: QuantizeStep.Dequantized, Offsets: { } taken } q, ConstantValue offset])
            when Same(taken, offset) && Common(q.Rank, Rank(offset)) == q.Rank => q with { Step = QuantizeStep.Done },
        ("DequantizeLinear", [RawInput { Type: OnnxTypes.UInt8 } input, ConstantValue scale]) when IsAlongChannels(node, scale) =>
            new ScaledInput(input.Shape, Floats(scale), null),
        ("Add", [ScaledInput { Offsets: null } input, ConstantValue offset]) when Rank(offset) is var rank && (rank == 0 || rank == input.Shape.Rank + 1) =>
            input with { Offsets = Floats(offset) },
        _ => null,
    };

    private static Quantizing? Begin(Symbol x) => x switch
    {
        Quantizing { Step: QuantizeStep.Shifted } q => q,
        NodeValue v => new Quantizing(v.Node, QuantizeStep.Shifted, 0),
        _ => null,
    };

    private static Quantizing Coded(Quantizing q, ConstantValue scale, int zero) => scale.Tensor.Dims.Count <= 1
        ? q with { Step = QuantizeStep.Coded, IsBytes = true, Scales = Floats(scale), Min = -zero, Max = byte.MaxValue - zero }
        : throw Unfit(scale);

    private static Quantizing Dequantized(Quantizing q) => q with { Step = q.Offsets is null ? QuantizeStep.Done : QuantizeStep.Dequantized };

    /// <summary>Whether a DequantizeLinear scales the channels, its axis where nothing else is said.</summary>
    private static bool IsAlongChannels(NodeProto node, ConstantValue scale) => scale.Tensor.Dims.Count == 0
        || (scale.Tensor.Dims.Count == 1 && new Attributes(node).Int("axis", 1) == 1);

    /// <summary>Rank of the batch along whose channels the numbers of a constant lie; 0 for a single number without a shape.</summary>
    private static int Rank(ConstantValue constant)
    {
        var dims = constant.Tensor.Dims;
        return dims.Count == 0 || (dims.Count > 1 && !dims.Where((d, axis) => axis != 1 && d != 1).Any()) ? dims.Count : throw Unfit(constant);
    }

    private static int Common(int a, int b) => a == 0 ? b : b == 0 || a == b ? a : -1;

    /// <summary>The zero point of bytes.</summary>
    private static int ZeroPoint(ConstantValue zero, ConstantValue scale) => zero.Tensor.DataType == OnnxTypes.UInt8
        ? ConstantFolding.ZeroPoint(zero, scale) : throw new GraphException(zero.Tensor.Name, "is the zero point of a value and no byte");

    private static GraphException Unfit(ConstantValue constant) =>
        new(constant.Tensor.Name, "is a constant of a grid whose shape does not lie along the channels");

    private static bool Same(float[] values, ConstantValue constant) => values.AsSpan().SequenceEqual(Floats(constant));

    private static float[] Floats(ConstantValue constant) => TensorReader.Floats(constant.Tensor);

    private static byte[] Codes(ConstantValue constant) => TensorReader.Bytes(constant.Tensor);
}
