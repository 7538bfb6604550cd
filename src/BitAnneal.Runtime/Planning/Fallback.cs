using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Why a layer of codes runs in a general way instead of in a kernel made for it, in one line: what the layer is, why, and what would help. The answers
/// are the same bits. A layer whose weights or activations are real by design is none of these.
/// </summary>
internal static class Fallback
{
    /// <summary>Of a layer that <see cref="IntegerConvolution"/> carries out, because no family of kernels takes it.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="node">Of the layer.</param>
    public static string ToIntegerConvolution(Graph graph, Node node)
    {
        var weight = (QuantizedTensor)graph.Parameters[node.Parameter("weight")];
        string layer = $"{weight.Grid.Bits}-bit weights {weight.Shape} on {graph.GridOf(node.Inputs[0])!.Bits}-bit activations";
        return $"{layer}: {weight.ChannelStride} products a sum, more than the fast kernels add up in 32 bits; it runs as the integer convolution of any shape, which is slower; "
            + "use fewer input channels or a smaller window";
    }

    /// <summary>Of a layer that <see cref="RealConvolution"/> carries out; null where that is what the network says.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="node">Of the layer.</param>
    public static string? ToRealConvolution(Graph graph, Node node)
    {
        var source = graph[node.Inputs[0]];
        while (source.Operator is MaxPool or StridedSlice or Flatten)
        {
            source = graph[source.Inputs[0]];
        }

        // In a network without quantizers, activations are real by design; that its image arrives as bytes changes nothing.
        if (graph.Parameters[node.Parameter("weight")] is not QuantizedTensor weight || graph.GridOf(source.Name) is not { IsPerChannel: true } grid
            || !graph.Nodes.Any(n => n.Operator is Quantize))
        {
            return null;
        }

        string layer = $"{weight.Grid.Bits}-bit weights {weight.Shape} on {grid.Bits}-bit activations of {source.Name}, a grid for each of {grid.Scales.Length} channels";
        string remedy = source.Operator is Input ? "put a quantizer with one grid behind the input" : "use one grid for all channels";
        return $"{layer}: integer sums need one grid; it runs on reals, which is slower; {remedy}";
    }

    /// <summary>Of a depthwise layer many of whose codes are decided in float64.</summary>
    /// <param name="weight">Its codes.</param>
    /// <param name="input">Grid of its input.</param>
    /// <param name="output">Grid of the quantizer behind.</param>
    public static string ToExactRounding(QuantizedTensor weight, Grid input, Grid output) =>
        $"{weight.Grid.Bits}-bit weights {weight.Shape} on {input.Bits}-bit activations, then a {output.Bits}-bit grid of step {output.Scale(0)}: the sums span too many steps for float32 to "
        + "place them on that grid; codes are decided in float64, which is slower; use a wider grid behind the layer";
}
