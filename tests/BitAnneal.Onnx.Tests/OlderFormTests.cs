using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Onnx.Export;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Tests;

/// <summary>Files of earlier versions: QuantizeLinear and DequantizeLinear around activations, the scale of a weight inside its DequantizeLinear.</summary>
public class OlderFormTests
{
    [Theory]
    [InlineData(2, OnnxTypes.UInt2)]
    [InlineData(4, OnnxTypes.UInt4)]
    [InlineData(8, OnnxTypes.UInt8)]
    public void IsReadToTheSameGraph(int bits, int type)
    {
        var weights = new Grid(-1, (1 << bits) - 2, [0.5f, 0.25f, 0.125f], [0.1f, -0.2f, 0]);
        var values = new Grid(-3, 12, [0.5f], [0.75f]);
        var back = OnnxImporter.Parse(File(weights, type, values).ToByteArray(), "old.onnx");
        var weight = Assert.IsType<QuantizedTensor>(back.Parameters["conv.weight"]);
        Assert.Equal(weights, weight.Grid);
        Assert.Equal(values, ((Quantize)back["quantize"].Operator).Grid);
        Assert.All(Enumerable.Range(0, 6), i => Assert.Equal(i % (1 << bits), weight.Codes[i]));
        Assert.Null(back.FirstDifference(OnnxImporter.Parse(OnnxExporter.ToBytes(back), "new.onnx")));
    }

    [Theory]
    [InlineData("the scale behind", "DequantizeLinear", 1)]
    [InlineData("the zero point behind", "DequantizeLinear", 2)]
    [InlineData("the offset behind", "Add", 1)]
    public void AnUnlikePairIsRefused(string what, string type, int input)
    {
        var model = File(new Grid(-1, 2, [0.5f], [0]), OnnxTypes.UInt2, new Grid(-3, 12, [0.5f], [0.75f]));
        var node = model.Graph!.Node.First(n => n.OpType == type && n.Input.Count > input);
        var other = input == 2
            ? new TensorProto { Name = "other", DataType = OnnxTypes.UInt8, RawData = [9] }
            : new TensorProto { Name = "other", DataType = OnnxTypes.Float, RawData = BitConverter.GetBytes(9f) };
        model.Graph.Initializer.Add(other);
        node.Input[input] = other.Name;
        string message = Assert.Throws<BitAnnealException>(() => OnnxImporter.Parse(model.ToByteArray(), "old.onnx")).Message;
        Assert.True(message.Contains(type, StringComparison.Ordinal), $"{what}: {message}");
    }

    private static ModelProto File(Grid weights, int type, Grid values)
    {
        var model = new ModelBuilder("input", "output");
        model.Graph.Name = "old";
        List<ValueInfoProto.Dimension> Batch(params long[] sizes) => [new(0, "N"), .. sizes.Select(s => new ValueInfoProto.Dimension(s, ""))];
        model.Graph.Input.Add(new ValueInfoProto { Name = "input", ElementType = OnnxTypes.Float, Shape = Batch(2, 3, 3) });
        model.Graph.Output.Add(new ValueInfoProto { Name = "output", ElementType = OnnxTypes.Float, Shape = Batch(3, 3, 3) });
        string x = model.Node("Identity", ["input"], "input");
        string quantized = QuantizeWriter.Write(model, "quantize", x, values, 3, fused: true);
        var codes = PackedCodes.Pack([.. Enumerable.Range(0, 6).Select(i => (byte)(i % weights.LevelCount))], weights.Bits);
        long[] channels = weights.IsPerChannel ? [weights.Scales.Length] : [];
        var zero = PackedCodes.Pack([.. Enumerable.Repeat((byte)-weights.MinCode, weights.Scales.Length)], weights.Bits);
        string[] inputs =
        [
            model.Constant(type, codes.Bytes.ToArray(), [3, 2, 1, 1]), model.Floats(weights.Scales.AsSpan(), channels),
            model.Constant(type, zero.Bytes.ToArray(), channels),
        ];
        string weight = weights.IsPerChannel
            ? model.Node("DequantizeLinear", inputs, null, ModelBuilder.Attribute("axis", 0L)) : model.Node("DequantizeLinear", inputs);
        if (weights.IsPerChannel)
        {
            weight = model.Node("Add", [weight, model.Floats(weights.Offsets.AsSpan(), 3, 1, 1, 1)]);
        }

        model.Named("Identity", model.Node("Conv", [quantized, weight], "conv"), "output", "output");
        var file = new ModelProto { IrVersion = 13, ProducerName = "BitAnneal", Graph = model.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = 25 });
        return file;
    }
}
