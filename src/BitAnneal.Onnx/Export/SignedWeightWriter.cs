using System.Buffers.Binary;
using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;
using static BitAnneal.Onnx.Export.ModelBuilder;

namespace BitAnneal.Onnx.Export;

/// <summary>Writes the parameters of a layer as int8 weights (zero point 0) and int32 biases, the form that runtimes fuse into integer layers.</summary>
internal static class SignedWeightWriter
{
    /// <summary>Appends weight and bias.</summary>
    /// <returns>The names of their float values.</returns>
    /// <exception cref="GraphException">The weight has no signed 8-bit grid without offset, or the input no grid.</exception>
    public static IEnumerable<string> Write(ModelBuilder model, Graph graph, Node node)
    {
        if (graph.Parameters[node.Parameter("weight")] is not QuantizedTensor { Grid: { MinCode: < 0, MaxCode: < 128 } grid } weight
            || grid.Offsets.Any(o => o != 0)
            || graph.GridOf(node.Inputs[0]) is not { IsPerChannel: false } input)
        {
            throw new GraphException(node.Name, "needs signed 8-bit weights without offset and an input on one grid to be written with signed weights");
        }

        byte[] codes = [.. Enumerable.Range(0, weight.Codes.Count).Select(i => (byte)(sbyte)weight.Code(i))];
        yield return Dequantized(model, OnnxTypes.Int8, sizeof(sbyte), codes, [.. weight.Shape.Dimensions.Select(d => (long)d)], [.. grid.Scales]);
        if (graph.Parameters.TryGetValue(node.Parameter("bias"), out var bias))
        {
            float[] values = bias.ToFloats(), scales = [.. values.Select((_, c) => input.Scale(0) * grid.Scale(c))];
            byte[] raw = new byte[values.Length * sizeof(int)];
            for (int c = 0; c < values.Length; c++)
            {
                double units = Math.Clamp(Math.Round((double)values[c] / scales[c]), int.MinValue, int.MaxValue);
                BinaryPrimitives.WriteInt32LittleEndian(raw.AsSpan(c * sizeof(int)), (int)units);
            }

            yield return Dequantized(model, OnnxTypes.Int32, sizeof(int), raw, [values.Length], scales);
        }
    }

    private static string Dequantized(ModelBuilder model, int type, int size, byte[] raw, long[] shape, float[] scales)
    {
        long[] channels = scales.Length > 1 ? [scales.Length] : [];
        string zero = model.Constant(type, new byte[scales.Length * size], channels);
        string[] inputs = [model.Constant(type, raw, shape), model.Floats(scales, channels), zero];
        return scales.Length > 1 ? model.Node("DequantizeLinear", inputs, null, Attribute("axis", 0L)) : model.Node("DequantizeLinear", inputs);
    }
}
