using System.Globalization;
using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Export;

/// <summary>Writes a parameter as a constant expression whose value is <see cref="Grid.Dequantize"/> of its codes, bit for bit.</summary>
internal static class WeightWriter
{
    /// <summary>Appends the parameter.</summary>
    /// <returns>The name of its float value.</returns>
    public static string Write(ModelBuilder model, GraphTensor tensor)
    {
        long[] shape = [.. tensor.Shape.Dimensions.Select(d => (long)d)];
        if (tensor is not QuantizedTensor quantized)
        {
            return model.Floats(((FloatTensor)tensor).Values, shape);
        }

        var grid = quantized.Grid;
        string product = Scaled(model, quantized, shape);
        return grid.Offsets.All(o => o == 0)
            ? product
            : model.Node("Add", [product, model.Floats(grid.Offsets.AsSpan(), PerChannel(grid, shape.Length))]);
    }

    /// <summary>A note where the grid uses fewer levels than its width has; the reader needs it to restore the grid.</summary>
    public static string? LevelNote(Grid grid) => grid.LevelCount == 1 << grid.Bits ? null : grid.LevelCount.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Codes as floats, then scaled by a Mul: with the scale inside the DequantizeLinear, ONNX Runtime fuses two-bit weights into integer operators that it
    /// does not have. Widths that the format lacks are planes of 4, 2 and 1 bits that are added up.
    /// </summary>
    private static string Scaled(ModelBuilder model, QuantizedTensor tensor, long[] shape)
    {
        var grid = tensor.Grid;
        string? sum = null;
        for (int shift = 0; shift < grid.Bits;)
        {
            int width = (grid.Bits - shift) switch { 8 => 8, >= 4 => 4, >= 2 => 2, _ => 1 };
            string plane = Plane(model, tensor, shape, shift, width, shift == 0 ? LevelNote(grid) : null);
            sum = sum is null ? plane : model.Node("Add", [sum, plane]);
            shift += width;
        }

        if (grid.MinCode != 0)
        {
            sum = model.Node("Add", [sum!, model.Floats([grid.MinCode])]);
        }

        return model.Node("Mul", [sum!, model.Floats(grid.Scales.AsSpan(), PerChannel(grid, shape.Length))]);
    }

    private static string Plane(ModelBuilder model, QuantizedTensor tensor, long[] shape, int shift, int width, string? note)
    {
        byte[] codes = new byte[tensor.Codes.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)((tensor.Codes[i] >> shift) & ((1 << width) - 1));
        }

        byte[] packed = PackedCodes.Pack(codes, width).Bytes.ToArray();
        string weight = model.Floats([1 << shift]);
        if (width > 1)
        {
            return model.Node("DequantizeLinear", [model.Constant(OnnxTypes.UnsignedOf(width), packed, shape, note), weight]);
        }

        // One bit per code: every byte is shifted by 0 … 7 and masked; what lies behind the last code is cut off.
        string bytes = model.Constant(OnnxTypes.UInt8, packed, [packed.Length, 1], note);
        string bits = model.Node("BitShift", [bytes, model.Bytes([0, 1, 2, 3, 4, 5, 6, 7], 8)], null, Right());
        bits = model.Node("BitwiseAnd", [bits, model.Bytes([1])]);
        bits = model.Node("Reshape", [bits, model.Longs(-1)]);
        bits = model.Node("Slice", [bits, model.Longs(0), model.Longs(codes.Length)]);
        bits = model.Node("Reshape", [bits, model.Longs(shape)]);
        return model.Node("DequantizeLinear", [bits, weight]);
    }

    private static AttributeProto Right() => new() { Name = "direction", S = "RIGHT", Type = 3 };

    private static long[] PerChannel(Grid grid, int rank) => grid.IsPerChannel ? [grid.Scales.Length, .. Enumerable.Repeat(1L, rank - 1)] : [];
}
