using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Onnx.Export;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>Reads node by node: constant expressions become parameters and grids, the rest our nodes.</summary>
/// <param name="model">The parsed file.</param>
internal sealed class GraphReader(ModelProto model)
{
    private readonly Dictionary<string, Symbol> symbols = new(StringComparer.Ordinal);
    private readonly List<Node> nodes = [];
    private long budget = (1 << 20) + (4 * model.Graph?.Initializer.Sum(t => t.RawData.LongLength) ?? 0);
    private readonly List<(string Node, int Rank)> ranks = [];
    private readonly Dictionary<string, GraphTensor> parameters = new(StringComparer.Ordinal);

    public Graph Read()
    {
        var set = model.OpsetImport.FirstOrDefault(o => o.Domain.Length == 0 || o.Domain == "ai.onnx");
        if (model.Graph is null || set is null)
        {
            throw new BitAnnealException("the file holds no ONNX graph");
        }

        if (model.ProducerName != "BitAnneal" || !OnnxTypes.Versions.Any(v => v.OperatorSet == set.Version))
        {
            throw new BitAnnealException($"the file was written by '{model.ProducerName}' for operator set {set.Version}; "
                + $"only files that BitAnneal wrote (operator sets {string.Join(", ", OnnxTypes.Versions.Select(v => v.OperatorSet))}) are read");
        }

        foreach (var constant in model.Graph.Initializer)
        {
            Define(constant.Name, new ConstantValue(constant));
        }

        if (model.Graph.Input.Count != 1 || model.Graph.Output.Count != 1)
        {
            throw new BitAnnealException($"the file has {model.Graph.Input.Count} inputs and {model.Graph.Output.Count} outputs; one of each is expected");
        }

        Define(model.Graph.Input[0].Name, ReadInput(model.Graph.Input[0]));
        foreach (var node in model.Graph.Node)
        {
            if (node.Output.Count != 1 || node.Domain.Length != 0)
            {
                throw new GraphException(node.Name, $"({node.Domain}{node.OpType}) has {node.Output.Count} outputs, or is of a foreign domain");
            }

            Define(node.Output[0], Read(node));
        }

        var graph = new Graph(model.Graph.Name, nodes, parameters);
        if (!symbols.TryGetValue(model.Graph.Output[0].Name, out var result) || result is not NodeValue { Node: var last } || last != graph.Output.Name)
        {
            throw new GraphException(model.Graph.Output[0].Name, "is the file's output, but not what its last node computes");
        }

        foreach (var (node, rank) in ranks)
        {
            if (rank != 0 && rank != graph.ShapeOf(node).Rank + 1)
            {
                throw new GraphException(node, "has a grid whose shape does not lie along the channels");
            }
        }

        return graph;
    }

    private Symbol Read(NodeProto node)
    {
        NodeRules.Check(node);
        var x = Symbols(node);
        Charge(node, x);
        if (node.OpType == "Max")
        {
            return x[0] is NodeValue && x[0] == x[1]
                ? x[0]
                : throw new GraphException(node.Name, "(Max) takes the larger of two values, which BitAnneal does not know");
        }

        bool isOperator = node.OpType switch
        {
            "DequantizeLinear" or "QuantizeLinear" or "BitShift" or "BitwiseAnd" or "Reshape" or "Sub" or "Div" or "Round" or "Mul" => false,
            "Slice" or "Clip" => x[0] is NodeValue,
            "Add" => x is [NodeValue, NodeValue],
            _ => true,
        };
        return node.OpType == "Identity" && x[0] is RawInput { Type: OnnxTypes.Float } raw
            ? AppendNode(node.Name, new Input(raw.Shape))
            : isOperator ? ReadOperator(node, x) : ReadExpression(node, x);
    }

    private NodeValue ReadOperator(NodeProto node, Symbol[] x)
    {
        var attributes = new Attributes(node);
        bool isJoin = node.OpType is "Add" or "Concat";
        if (x.Where((symbol, i) => (symbol is NodeValue) != (i == 0 || isJoin)).Any())
        {
            throw new GraphException(node.Name, $"({node.OpType}) reads a constant where BitAnneal reads a value, or the other way round");
        }

        Operator op = node.OpType switch
        {
            "Conv" => new Conv2d(WeightShape(node, x, 0), new Extent(WeightShape(node, x, 2), WeightShape(node, x, 3)))
            {
                Stride = attributes.Pair("strides", 1), Padding = attributes.Padding(), Dilation = attributes.Pair("dilations", 1),
                Groups = attributes.Int("group", 1), Bias = node.Input.Count > 2,
            },
            "Gemm" when attributes.Int("transB", 0) == 1 => new Linear(WeightShape(node, x, 0)) { Bias = node.Input.Count > 2 },
            "BatchNormalization" => new BatchNorm
            {
                Epsilon = attributes.Float("epsilon", 1e-5f),
                Momentum = attributes.Has("momentum") ? 1 - attributes.Float("momentum", 0) : new BatchNorm().Momentum,
            },
            "Relu" => new Relu(),
            "Clip" when x.Length == 3 && ConstantFolding.Floats(x[1]) is [0] && ConstantFolding.Floats(x[2]) is [6] => new Relu6(),
            "Add" => new Add(),
            "Concat" when attributes.Int("axis", 0) == 1 => new Concat(),
            "MaxPool" => new MaxPool(attributes.Pair("kernel_shape", 0), attributes.Pair("strides", 1)) { Padding = attributes.Padding() },
            "AveragePool" => new AveragePool(attributes.Pair("kernel_shape", 0), attributes.Pair("strides", 1))
            {
                Padding = attributes.Padding(), CountIncludesPadding = attributes.Int("count_include_pad", 0) == 1,
            },
            "GlobalAveragePool" => new GlobalAveragePool(),
            "Flatten" => new Flatten(),
            "Pad" => ReadPad(node, x),
            "Slice" => ReadSlice(node, x),
            "Identity" => new Output(),
            _ => throw new GraphException(node.Name, $"has the operator {node.OpType}, which BitAnneal does not know in this form"),
        };

        if (op is Conv2d convolution && attributes.Pair("kernel_shape", 0) is var said && said != 0 && said != convolution.Kernel)
        {
            throw new GraphException(node.Name, "(Conv) has a 'kernel_shape' that is not its weight's");
        }

        string[] roles = op switch
        {
            Conv2d or Linear => ["weight", "bias"],
            BatchNorm => ["weight", "bias", "running_mean", "running_var"],
            _ => [],
        };
        for (int i = 0; i < roles.Length && i + 1 < node.Input.Count; i++)
        {
            parameters[$"{node.Name}.{roles[i]}"] = ConstantFolding.Parameter(x[i + 1], node.Name);
        }

        return AppendNode(node.Name, op, [.. x.OfType<NodeValue>().Select(v => v.Node)]);
    }

    private Symbol ReadExpression(NodeProto node, Symbol[] x)
    {
        var result = ConstantFolding.Apply(node, x) ?? ActivationFolding.Apply(node, x)
            ?? throw new GraphException(node.Name, $"({node.OpType}) stands in an expression, or with a constant, that BitAnneal does not write");
        switch (result)
        {
            case Quantizing { Step: QuantizeStep.Done } q:
                ranks.Add((node.Name, q.Rank));
                return AppendNode(node.Name, new Quantize(new Grid(q.Min, q.Max, q.Scales, q.Offsets ?? new float[q.Scales.Length])), q.Source);
            case ScaledInput { Offsets: { } offsets } input:
                return AppendNode(node.Name, new Input(input.Shape, new Grid(0, 255, input.Scales, offsets)));
            default:
                return result;
        }
    }

    /// <summary>
    /// Counts the constants that a node reads. Whatever is larger than a shared constant is read a few times at most; a file in which many nodes read the
    /// same large one would take many times its size.
    /// </summary>
    private void Charge(NodeProto node, Symbol[] x)
    {
        foreach (var symbol in x)
        {
            budget -= symbol switch
            {
                ConstantValue constant => Weight(constant.Tensor),
                ConstantCodes codes when node.OpType is "Conv" or "Gemm" or "BatchNormalization" =>
                    codes.Planes.Sum(p => Weight(p.Tensor)) + (8L * codes.Scales.Length),
                _ => 0,
            };
        }

        if (budget < 0)
        {
            throw new GraphException(node.Name, $"({node.OpType}) reads large constants that other nodes have read before, which BitAnneal does not write");
        }
    }

    private static long Weight(TensorProto tensor) => tensor.RawData.Length > ModelBuilder.MaxSharedBytes ? tensor.RawData.Length : 0;

    private NodeValue AppendNode(string name, Operator op, params string[] inputs)
    {
        nodes.Add(new Node(name, op, [.. inputs]));
        return new NodeValue(name);
    }

    private Symbol[] Symbols(NodeProto node)
    {
        var found = node.Input.Select(i => symbols.TryGetValue(i, out var symbol)
            ? symbol
            : throw new GraphException(node.Name, $"({node.OpType}) reads '{i}', which nothing before it defines")).ToArray();
        return found.Length > 0 ? found : throw new GraphException(node.Name, $"({node.OpType}) has no input");
    }

    private void Define(string name, Symbol symbol)
    {
        if (!symbols.TryAdd(name, symbol))
        {
            throw new GraphException(name, "is defined twice");
        }
    }

    private static RawInput ReadInput(ValueInfoProto input)
    {
        if (input.Shape is null || input.Shape.Count < 2 || input.ElementType is not (OnnxTypes.Float or OnnxTypes.UInt8))
        {
            throw new GraphException(input.Name, "is an input without a shape, or neither of floats nor of bytes");
        }

        int[] dimensions = [.. input.Shape.Skip(1).Select(d => checked((int)d.Size))];
        return new RawInput(new TensorShape(dimensions), input.ElementType);
    }

    private static int WeightShape(NodeProto node, Symbol[] x, int axis)
    {
        long[]? shape = x.Length < 2 ? null : x[1] switch
        {
            ConstantValue constant => [.. constant.Tensor.Dims],
            ConstantCodes codes => codes.Shape,
            _ => null,
        };
        return shape is not null && axis < shape.Length
            ? checked((int)shape[axis])
            : throw new GraphException(node.Name, $"({node.OpType}) has no constant weight");
    }

    private static Pad ReadPad(NodeProto node, Symbol[] x)
    {
        int[] p = ConstantFolding.Ints(x.ElementAtOrDefault(1));
        bool isZero = x.Length < 3 || ConstantFolding.Floats(x[2]) is [0];
        if (!isZero)
        {
            throw new GraphException(node.Name, "(Pad) pads by another value than 0, which BitAnneal does not honour");
        }

        return p.Length == 8 && p[0] == 0 && p[4] == 0
            ? new Pad { ChannelsBefore = p[1], Before = new Extent(p[2], p[3]), ChannelsAfter = p[5], After = new Extent(p[6], p[7]) }
            : throw new GraphException(node.Name, "(Pad) does not pad channels, rows and columns by constants");
    }

    private static StridedSlice ReadSlice(NodeProto node, Symbol[] x) =>
        ConstantFolding.Ints(x.ElementAtOrDefault(1)) is [0, 0] && ConstantFolding.Longs(x.ElementAtOrDefault(2)) is [>= int.MaxValue, >= int.MaxValue]
        && ConstantFolding.Ints(x.ElementAtOrDefault(3)) is [2, 3] && ConstantFolding.Ints(x.ElementAtOrDefault(4)) is [var y, var step]
            ? new StridedSlice(new Extent(y, step))
            : throw new GraphException(node.Name, "(Slice) does not take every n-th row and column to the end of the image");
}
