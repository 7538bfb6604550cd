using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Tests;

/// <summary>A file that means something else to a runtime than to us is refused, and the message says where.</summary>
public class HonouredAttributeTests
{
    public static TheoryData<string, string, long> Integers => new()
    {
        { "MaxPool", "ceil_mode", 1 }, { "MaxPool", "storage_order", 1 }, { "AveragePool", "ceil_mode", 1 }, { "Gemm", "transA", 1 },
        { "Flatten", "axis", 2 }, { "Concat", "axis", 2 }, { "Conv", "unheard_of", 0 }, { "Relu", "unheard_of", 1 },
        { "BatchNormalization", "training_mode", 1 }, { "AveragePool", "count_include_pad", 2 }, { "Conv", "strides", 2 },
    };

    [Theory]
    [MemberData(nameof(Integers))]
    public void AnAttributeThatIsNotHonouredIsNamed(string type, string name, long value) =>
        Refused(type, name, n => n.Attribute.Add(new AttributeProto { Name = name, I = value, Type = OnnxTypes.AttributeInt }));

    [Theory]
    [InlineData("alpha")]
    [InlineData("beta")]
    public void AFactorOfGemmIsNamed(string name) =>
        Refused("Gemm", name, n => n.Attribute.Add(new AttributeProto { Name = name, F = 2, Type = OnnxTypes.AttributeFloat }));

    [Theory]
    [InlineData("Pad", "mode", "reflect")]
    [InlineData("Pad", "mode", "edge")]
    [InlineData("Conv", "auto_pad", "SAME_UPPER")]
    [InlineData("MaxPool", "auto_pad", "VALID")]
    public void AWordThatIsNotHonouredIsNamed(string type, string name, string value) =>
        Refused(type, name, n => n.Attribute.Add(new AttributeProto { Name = name, S = value, Type = OnnxTypes.AttributeString }));

    [Fact]
    public void DilatedPoolingIsNamed() => Refused("MaxPool", "dilations", n =>
    {
        var attribute = new AttributeProto { Name = "dilations", Type = OnnxTypes.AttributeInts };
        attribute.Ints.AddRange([2, 2]);
        n.Attribute.Add(attribute);
    });

    [Fact]
    public void DefaultsThatAreWrittenOutChangeNothing()
    {
        var graph = Network();
        var model = Parse(graph);
        Node(model, "MaxPool").Attribute.Add(new AttributeProto { Name = "ceil_mode", I = 0, Type = OnnxTypes.AttributeInt });
        Node(model, "Gemm").Attribute.Add(new AttributeProto { Name = "alpha", F = 1, Type = OnnxTypes.AttributeFloat });
        Node(model, "Pad").Attribute.Add(new AttributeProto { Name = "mode", S = "constant", Type = OnnxTypes.AttributeString });
        Assert.Null(graph.FirstDifference(OnnxImporter.Parse(model.ToByteArray(), "file.onnx")));
    }

    [Fact]
    public void ConstantsThatAreNotHonouredAreNamed()
    {
        Changed("Pad", "value", (m, n) => n.Input.Add(Constant(m, OnnxTypes.Float, BitConverter.GetBytes(5f))));
        Changed("Slice", "end", (m, n) => n.Input[2] = Constant(m, OnnxTypes.Int64, [.. BitConverter.GetBytes(3L), .. BitConverter.GetBytes(3L)], 2));
        Changed("Mul", "expression", (m, n) => n.Input[1] = Constant(m, OnnxTypes.Float, BitConverter.GetBytes(9f)), last: true);
    }

    [Fact]
    public void InputAndOutputAreCalledLikeTheirNodes()
    {
        var graph = Network();
        var model = Parse(graph);
        Assert.Equal(graph.Input.Name, model.Graph!.Input.Single().Name);
        Assert.Equal(graph.Output.Name, model.Graph.Output.Single().Name);
    }

    [Theory]
    [InlineData(8, 13, 7)]
    [InlineData(4, 21, 10)]
    [InlineData(1, 21, 10)]
    [InlineData(5, 21, 10)]
    [InlineData(2, 25, 13)]
    [InlineData(3, 25, 13)]
    public void TheOperatorSetIsTheOldestThatHasTheTypes(int bits, long operatorSet, long fileVersion)
    {
        var graph = Network();
        var shape = graph.Parameters["head.weight"].Shape;
        var weight = QuantizedTensor.FromCodes(shape, Grid.Uniform(bits, 0.1f, -0.3f), new int[shape.ElementCount]);
        var quantized = graph.WithParameters([new("head.weight", weight)]);
        var model = Parse(quantized);
        Assert.Equal((operatorSet, fileVersion), (model.OpsetImport.Single().Version, model.IrVersion));
        Assert.Null(quantized.FirstDifference(OnnxImporter.Parse(OnnxExporter.ToBytes(quantized), "file.onnx")));
    }

    private static void Refused(string type, string attribute, Action<NodeProto> change) => Changed(type, $"'{attribute}'", (_, n) => change(n));

    private static void Changed(string type, string word, Action<ModelProto, NodeProto> change, bool last = false)
    {
        var model = Parse(Network());
        change(model, last ? model.Graph!.Node.Last(n => n.OpType == type) : Node(model, type));
        string message = Assert.Throws<BitAnnealException>(() => OnnxImporter.Parse(model.ToByteArray(), "file.onnx")).Message;
        Assert.Contains("file.onnx", message, StringComparison.Ordinal);
        Assert.Contains(type, message, StringComparison.Ordinal);
        Assert.Contains(word, message, StringComparison.Ordinal);
    }

    private static string Constant(ModelProto model, int type, byte[] raw, params long[] shape)
    {
        var tensor = new TensorProto { Name = "other", DataType = type, RawData = raw };
        tensor.Dims.AddRange(shape);
        model.Graph!.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static ModelProto Parse(Graph graph) => ModelProto.Read(new WireReader(OnnxExporter.ToBytes(graph)));

    private static NodeProto Node(ModelProto model, string type) => model.Graph!.Node.First(n => n.OpType == type);

    private static Graph Network()
    {
        var builder = new GraphBuilder("all").Input(new TensorShape(2, 9, 9)).Conv2d("conv", 4, 3, 2).BatchNorm("bn").Relu();
        string shortcut = builder.Current;
        builder.Relu6().Add(shortcut).Concat([shortcut]).Pad(new Pad { Before = 1, After = 1 }).StridedSlice(1).MaxPool(2, 1);
        builder.Append("average", new AveragePool(2, 1), builder.Current);
        return builder.Flatten().Quantize(Grid.Uniform(4, 0.1f, 0)).Linear("head", 5).Build(1);
    }
}
