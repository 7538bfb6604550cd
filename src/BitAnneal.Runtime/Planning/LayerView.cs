using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Planning;

/// <summary>A convolution, or a linear layer seen as a 1 × 1 convolution of a 1 × 1 image.</summary>
/// <param name="Node">Of the graph.</param>
/// <param name="Operator">The convolution.</param>
/// <param name="Weight">O × I × Ky × Kx codes.</param>
/// <param name="Input">Grid of the input.</param>
internal sealed record LayerView(Node Node, Conv2d Operator, QuantizedTensor Weight, Grid Input)
{
    /// <summary>The layer on integers that a node is, or null.</summary>
    public static LayerView? Of(Graph graph, Node node)
    {
        if (node.Operator is not (Conv2d or Linear) || graph.GridOf(node.Inputs[0]) is not { IsPerChannel: false } grid || graph.Parameters[node.Parameter("weight")] is not QuantizedTensor weight)
        {
            return null;
        }

        return node.Operator is Conv2d op ? new LayerView(node, op, weight, grid)
            : new LayerView(node, new Conv2d(weight.Shape[0], 1), (QuantizedTensor)AsImage(weight), grid);
    }

    /// <summary>The weight of a linear layer as that of a 1 × 1 convolution.</summary>
    public static GraphTensor AsImage(GraphTensor weight)
    {
        var shape = new TensorShape(weight.Shape[0], weight.Shape[1], 1, 1);
        return weight is QuantizedTensor codes ? new QuantizedTensor(shape, codes.Grid, codes.Codes) : new FloatTensor(shape, weight.ToFloats());
    }
}
