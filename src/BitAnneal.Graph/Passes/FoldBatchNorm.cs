using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Passes;

/// <summary>
/// Folds a batch normalisation into the convolution or linear layer in front of it, where that layer feeds nothing else. On a quantized
/// weight the factor moves into the grid of each output channel; the codes keep their width.
/// </summary>
public static class FoldBatchNorm
{
    /// <summary>The graph with every foldable batch normalisation folded. A channel with a zero gain on a quantized weight prevents folding.</summary>
    public static Graph Apply(Graph graph)
    {
        var nodes = new List<Node>(graph.Nodes.Length);
        var parameters = new Dictionary<string, GraphTensor>(graph.Parameters, StringComparer.Ordinal);
        var renamed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            var current = node with { Inputs = [.. node.Inputs.Select(i => renamed.GetValueOrDefault(i, i))] };
            if (node.Operator is BatchNorm norm && Fold(graph, node, norm, parameters) is { } layer)
            {
                nodes[nodes.FindIndex(n => n.Name == layer.Name)] = nodes.First(n => n.Name == layer.Name) with { Operator = layer.Operator };
                renamed[node.Name] = layer.Name;
                continue;
            }

            nodes.Add(current);
        }

        return new Graph(graph.Name, nodes, parameters);
    }

    /// <summary>The layer with its new operator, or null when this normalisation cannot be folded. The parameters are changed in place.</summary>
    private static Node? Fold(Graph graph, Node node, BatchNorm norm, Dictionary<string, GraphTensor> parameters)
    {
        var layer = graph[node.Inputs[0]];
        if (layer.Operator is not (Conv2d or Linear) || graph.ConsumersOf(layer.Name).Count() != 1)
        {
            return null;
        }

        float[] Values(string role) => graph.Parameters[node.Parameter(role)].ToFloats();
        float[] gain = Values("weight"), shift = Values("bias"), mean = Values("running_mean"), variance = Values("running_var");
        double[] factor = [.. gain.Select((g, c) => g / Math.Sqrt((double)variance[c] + norm.Epsilon))];
        if (ScaledWeight(graph.Parameters[layer.Parameter("weight")], factor) is not { } weight)
        {
            return null;
        }

        bool hasBias = layer.Operator is Conv2d { Bias: true } or Linear { Bias: true };
        float[] bias = hasBias ? graph.Parameters[layer.Parameter("bias")].ToFloats() : new float[gain.Length];
        for (int c = 0; c < bias.Length; c++)
        {
            bias[c] = (float)(shift[c] + factor[c] * ((double)bias[c] - mean[c]));
        }

        parameters[layer.Parameter("weight")] = weight;
        parameters[layer.Parameter("bias")] = new FloatTensor(new TensorShape(bias.Length), bias);
        foreach (string role in (string[])["weight", "bias", "running_mean", "running_var"])
        {
            parameters.Remove(node.Parameter(role));
        }

        Operator widened = layer.Operator is Conv2d conv ? conv with { Bias = true } : (Linear)layer.Operator with { Bias = true };
        return layer with { Operator = widened };
    }

    private static GraphTensor? ScaledWeight(GraphTensor weight, double[] factor)
    {
        if (weight is QuantizedTensor quantized)
        {
            return Scaled(quantized, factor);
        }

        float[] values = weight.ToFloats();
        int stride = values.Length / factor.Length;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(values[i] * factor[i / stride]);
        }

        return new FloatTensor(weight.Shape, values);
    }

    /// <summary>
    /// factor·(scale·q + offset). A scale must be positive: for a negative factor the codes of the channel are mirrored, q → min + max − q,
    /// which turns the grid round.
    /// </summary>
    private static QuantizedTensor? Scaled(QuantizedTensor weight, double[] factor)
    {
        var grid = weight.Grid;
        float[] scales = new float[factor.Length], offsets = new float[factor.Length];
        for (int c = 0; c < factor.Length; c++)
        {
            double scale = factor[c] * grid.Scale(c), offset = factor[c] * grid.Offset(c);
            if (scale < 0)
            {
                offset += scale * (grid.MinCode + grid.MaxCode);
                scale = -scale;
            }

            (scales[c], offsets[c]) = ((float)scale, (float)offset);
            if (!(scales[c] > 0) || !float.IsFinite(scales[c]) || !float.IsFinite(offsets[c]))
            {
                return null;
            }
        }

        int[] codes = new int[weight.Shape.ElementCount];
        for (int i = 0; i < codes.Length; i++)
        {
            int code = weight.Code(i);
            codes[i] = factor[i / weight.ChannelStride] < 0 ? grid.MinCode + grid.MaxCode - code : code;
        }

        return QuantizedTensor.FromCodes(weight.Shape, new Grid(grid.MinCode, grid.MaxCode, scales, offsets), codes);
    }
}
