using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Onnx.Schema;
using static BitAnneal.Onnx.Export.ModelBuilder;

namespace BitAnneal.Onnx.Export;

/// <summary>Writes node by node. The ONNX node that yields the value of one of our nodes carries its name.</summary>
/// <param name="graph">The network.</param>
/// <param name="signed">Whether weights and biases are written as <see cref="SignedWeightWriter"/> does.</param>
internal sealed class GraphWriter(Graph graph, bool signed = false)
{
    private readonly ModelBuilder model = new(graph.Input.Name, graph.Output.Name);
    private readonly Dictionary<string, string> values = new(StringComparer.Ordinal);

    public ModelProto Write()
    {
        foreach (var node in graph.Nodes)
        {
            values[node.Name] = Write(node, [.. node.Inputs.Select(i => values[i])]);
        }

        var output = Value(values[graph.Output.Name], OnnxTypes.Float, graph.OutputShape);
        model.Graph.Output.Add(output);
        model.Graph.Name = graph.Name;
        var (operatorSet, fileVersion) = model.Version();
        var file = new ModelProto { IrVersion = fileVersion, ProducerName = "BitAnneal", Graph = model.Graph };
        file.OpsetImport.Add(new OperatorSetIdProto { Version = operatorSet });
        return file;
    }

    private string Write(Node node, string[] x) => node.Operator switch
    {
        Input op => WriteInput(node, op),
        Quantize { Grid: { } grid } => QuantizeWriter.Write(model, node.Name, x[0], grid, graph.ShapeOf(node.Name).Rank, fused: signed),
        Quantize => throw new GraphException(node.Name, "is an open Quantize node; freeze the graph first"),
        Conv2d op => model.Node("Conv", [x[0], .. Parameters(node)], node.Name, [.. Window(null, op.Stride, op.Padding),
            .. op.Dilation == new Extent(1, 1) ? Array.Empty<AttributeProto>() : [Attribute("dilations", op.Dilation.Y, op.Dilation.X)],
            .. op.Groups == 1 ? Array.Empty<AttributeProto>() : [Attribute("group", (long)op.Groups)]]),
        Linear => model.Node("Gemm", [x[0], .. Parameters(node)], node.Name, Attribute("transB", 1L)),
        BatchNorm op => model.Node("BatchNormalization", [x[0], .. Parameters(node)], node.Name, [Attribute("epsilon", op.Epsilon),
            .. op.Momentum == new BatchNorm().Momentum ? Array.Empty<AttributeProto>() : [Attribute("momentum", 1 - op.Momentum)]]),
        Relu => model.Node("Relu", x, node.Name),
        Relu6 => model.Node("Clip", [x[0], model.Floats([0]), model.Floats([6])], node.Name),
        Add => model.Node("Add", x, node.Name),
        Concat => model.Node("Concat", x, node.Name, Attribute("axis", 1L)),
        MaxPool op => model.Node("MaxPool", x, node.Name, [.. Window(op.Kernel, op.Stride, op.Padding)]),
        AveragePool op => model.Node("AveragePool", x, node.Name,
            [.. Window(op.Kernel, op.Stride, op.Padding), .. op.CountIncludesPadding ? [Attribute("count_include_pad", 1L)] : Array.Empty<AttributeProto>()]),
        GlobalAveragePool => model.Node("GlobalAveragePool", x, node.Name),
        Flatten => model.Node("Flatten", x, node.Name),
        Pad op => Apart(model.Node(
            "Pad", [x[0], model.Longs(0, op.ChannelsBefore, op.Before.Y, op.Before.X, 0, op.ChannelsAfter, op.After.Y, op.After.X)], node.Name)),
        StridedSlice op => model.Node(
            "Slice", [x[0], model.Longs(0, 0), model.Longs(int.MaxValue, int.MaxValue), model.Longs(2, 3), model.Longs(op.Step.Y, op.Step.X)], node.Name),
        Output => model.Named("Identity", x[0], node.Name, node.Name),
        _ => throw new GraphException(node.Name, $"has the operator {node.Operator.GetType().Name}, which cannot be written as ONNX"),
    };

    private string WriteInput(Node node, Input op)
    {
        string name = node.Name;
        model.Graph.Input.Add(Value(name, op.Grid is null ? OnnxTypes.Float : OnnxTypes.UInt8, op.Shape));
        if (op.Grid is not { } grid)
        {
            return model.Node("Identity", [name], node.Name);
        }

        string scale = model.Floats(grid.Scales.AsSpan(), grid.IsPerChannel ? [grid.Scales.Length] : []);
        string product = model.Node("DequantizeLinear", [name, scale]); // Its axis is 1, the channels, unless said otherwise.
        return model.Node("Add", [product, model.Floats(grid.Offsets.AsSpan(), QuantizeWriter.Broadcast(grid, op.Shape.Rank))], node.Name);
    }

    /// <summary>
    /// The larger of a value and itself: ONNX Runtime would otherwise pull the Pad into the pooling behind it and then refuse its own result.
    /// </summary>
    private string Apart(string x) => signed ? x : model.Node("Max", [x, x]);

    private IEnumerable<string> Parameters(Node node) => signed && node.Operator is Conv2d or Linear ? SignedWeightWriter.Write(model, graph, node)
        : graph.ParametersOf(node).Select(s => WeightWriter.Write(model, graph.Parameters[node.Parameter(s.Role)]));

    /// <summary>Attributes of a window, without those that have their default value.</summary>
    private static IEnumerable<AttributeProto> Window(Extent? kernel, Extent stride, Extent padding)
    {
        if (kernel is { } k)
        {
            yield return Attribute("kernel_shape", k.Y, k.X);
        }

        if (stride != new Extent(1, 1))
        {
            yield return Attribute("strides", stride.Y, stride.X);
        }

        if (padding != new Extent(0, 0))
        {
            yield return Attribute("pads", padding.Y, padding.X, padding.Y, padding.X);
        }
    }

    private static ValueInfoProto Value(string name, int type, TensorShape shape) =>
        new() { Name = name, ElementType = type, Shape = [new(0, "N"), .. shape.Dimensions.Select(d => new ValueInfoProto.Dimension(d, ""))] };
}
