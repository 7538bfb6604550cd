using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>
/// What every operator may carry. The reader looks at some attributes and takes the defaults of the others for granted: whatever would change a result
/// and is not looked at is refused here by name, so that a file never means one thing to a runtime and another one to us.
/// </summary>
internal static class NodeRules
{
    private static readonly Dictionary<string, Rule> Rules = new(StringComparer.Ordinal)
    {
        ["Conv"] = new(2, 3, "strides pads dilations group kernel_shape auto_pad"),
        ["Gemm"] = new(2, 3, "transB transA alpha beta"),
        ["BatchNormalization"] = new(5, 5, "epsilon momentum training_mode"),
        ["Relu"] = new(1, 1),
        ["Clip"] = new(3, 3),
        ["Add"] = new(2, 2),
        ["Max"] = new(2, 2),
        ["Concat"] = new(1, int.MaxValue, "axis"),
        ["MaxPool"] = new(1, 1, "kernel_shape strides pads auto_pad ceil_mode dilations storage_order"),
        ["AveragePool"] = new(1, 1, "kernel_shape strides pads auto_pad ceil_mode dilations count_include_pad"),
        ["GlobalAveragePool"] = new(1, 1),
        ["Flatten"] = new(1, 1, "axis"),
        ["Pad"] = new(2, 3, "mode"),
        ["Slice"] = new(3, 5),
        ["Identity"] = new(1, 1),
        ["DequantizeLinear"] = new(2, 3, "axis block_size output_dtype"),
        ["QuantizeLinear"] = new(3, 3, "axis block_size output_dtype saturate precision"),
        ["BitShift"] = new(2, 2, "direction"),
        ["BitwiseAnd"] = new(2, 2),
        ["Reshape"] = new(2, 2, "allowzero"),
        ["Sub"] = new(2, 2),
        ["Div"] = new(2, 2),
        ["Mul"] = new(2, 2),
        ["Round"] = new(1, 1),
    };

    /// <summary>Refuses a node with something on it that the reader would pass over.</summary>
    /// <exception cref="GraphException">The message names the attribute.</exception>
    public static void Check(NodeProto node)
    {
        if (!Rules.TryGetValue(node.OpType, out var rule))
        {
            throw new GraphException(node.Name, $"has the operator {node.OpType}, which BitAnneal does not know");
        }

        if (node.Input.Count < rule.MinInputs || node.Input.Count > rule.MaxInputs)
        {
            throw new GraphException(node.Name, $"({node.OpType}) has {node.Input.Count} inputs, which BitAnneal does not read");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in node.Attribute)
        {
            if (!seen.Add(attribute.Name))
            {
                throw new GraphException(node.Name, $"({node.OpType}) has the attribute '{attribute.Name}' twice");
            }

            if (!rule.Attributes.Split(' ').Contains(attribute.Name) || !IsHonoured(node.OpType, attribute))
            {
                throw new GraphException(
                    node.Name,
                    $"({node.OpType}) has the attribute '{attribute.Name}' with a value that BitAnneal does not honour; export the network without it");
            }
        }
    }

    /// <summary>Whether the reader takes the value into account, or the value is the default that it assumes.</summary>
    private static bool IsHonoured(string type, AttributeProto a) => a.Name switch
    {
        "strides" or "pads" or "kernel_shape" => a is { Type: OnnxTypes.AttributeInts, Ints.Count: > 0 },
        "dilations" => a is { Type: OnnxTypes.AttributeInts, Ints.Count: > 0 } && (type == "Conv" || a.Ints.All(d => d == 1)),
        "group" => a is { Type: OnnxTypes.AttributeInt, I: >= 1 },
        "epsilon" or "momentum" => a is { Type: OnnxTypes.AttributeFloat, F: not null },
        "alpha" or "beta" => a is { Type: OnnxTypes.AttributeFloat, F: 1 },
        "transB" => a is { Type: OnnxTypes.AttributeInt, I: 1 },
        "count_include_pad" => a is { Type: OnnxTypes.AttributeInt, I: null or 0 or 1 },
        "axis" when type is "Concat" or "Flatten" or "QuantizeLinear" => a is { Type: OnnxTypes.AttributeInt, I: 1 },
        "axis" => a is { Type: OnnxTypes.AttributeInt, I: null or 0 or 1 }, // Which of them is right depends on what is dequantized.
        "saturate" => a is { Type: OnnxTypes.AttributeInt, I: 1 },
        "auto_pad" => a is { Type: OnnxTypes.AttributeString, S: "NOTSET" or "" },
        "mode" => a is { Type: OnnxTypes.AttributeString, S: "constant" },
        "direction" => a is { Type: OnnxTypes.AttributeString, S: "RIGHT" },
        _ => a is { Type: OnnxTypes.AttributeInt, I: null or 0 },
    };

    private sealed record Rule(int MinInputs, int MaxInputs, string Attributes = "");
}
