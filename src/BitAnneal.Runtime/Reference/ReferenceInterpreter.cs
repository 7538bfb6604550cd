using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Runtime.Reference;

/// <summary>
/// The oracle: evaluates a graph exactly as <c>docs/semantics.md</c> says, in plain loops. Slow and clear.
/// </summary>
/// <param name="graph">Frozen or float; every Quantize node needs a grid.</param>
public sealed class ReferenceInterpreter(Graph graph)
{
    /// <summary>The output for one image of bytes.</summary>
    /// <param name="image">Planar bytes, C × H × W. The graph's input must have a grid.</param>
    public float[] Run(ReadOnlySpan<byte> image)
    {
        int[] codes = new int[image.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = image[i];
        }

        var grid = ((Input)graph.Input.Operator).Grid ?? throw new GraphException(graph.Input.Name, "has no grid, so it cannot take bytes");
        return Run(ReferenceValue.OfCodes(graph.InputShape, grid, codes));
    }

    /// <summary>The output for one float input.</summary>
    /// <param name="input">Row-major, of the input's shape. The graph's input must have no grid.</param>
    public float[] Run(ReadOnlySpan<float> input) => Run(ReferenceValue.OfReals(graph.InputShape, input.ToArray()));

    private float[] Run(ReferenceValue input)
    {
        var values = new Dictionary<string, ReferenceValue>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
        {
            values[node.Name] = node.Operator is Input ? input : Evaluate(node, [.. node.Inputs.Select(i => values[i])]);
        }

        return values[graph.Output.Name].Reals();
    }

    private ReferenceValue Evaluate(Node node, ReferenceValue[] x)
    {
        var shape = graph.ShapeOf(node.Name);
        return node.Operator switch
        {
            Quantize { Grid: { } grid } => Quantized(x[0], grid),
            Quantize => throw new GraphException(node.Name, "is an open Quantize node; freeze the graph first"),
            Conv2d op => ReferenceConvolution.Run(x[0], graph.Parameters[node.Parameter("weight")], Bias(node), op, shape),
            Linear op => ReferenceConvolution.Run(x[0].Reshaped(new TensorShape(x[0].Shape[0], 1, 1)), Kernel(graph.Parameters[node.Parameter("weight")]), Bias(node),
                new Conv2d(op.OutputFeatures, 1), new TensorShape(op.OutputFeatures, 1, 1)).Reshaped(shape),
            BatchNorm op => BatchNormalised(node, op, x[0]),
            Relu => Map(x[0], v => v > 0 ? v : 0),
            Relu6 => Map(x[0], v => v > 0 ? Math.Min(v, 6) : 0),
            Add => Added(x[0], x[1]),
            Concat when graph.GridOf(node.Name) is { } grid => ReferenceValue.OfCodes(shape, grid, [.. x.SelectMany(v => v.Codes!)]),
            Concat => ReferenceValue.OfReals(shape, [.. x.SelectMany(v => v.Reals())]),
            MaxPool op => ReferencePooling.Max(x[0], op, shape),
            AveragePool op => ReferencePooling.Average(x[0], op, shape),
            GlobalAveragePool => ReferencePooling.GlobalAverage(x[0], shape),
            Flatten => x[0].Grid is { IsPerChannel: true } ? ReferenceValue.OfReals(shape, x[0].Reals()) : x[0].Reshaped(shape),
            Pad op => Padded(x[0], op, shape),
            StridedSlice op => x[0].Gathered(shape, (c, y, column) => (c * x[0].Shape[1] + y * op.Step.Y) * x[0].Shape[2] + column * op.Step.X),
            Output => ReferenceValue.OfReals(shape, x[0].Reals()),
            _ => throw new GraphException(node.Name, $"has the operator {node.Operator.GetType().Name}, which the interpreter cannot run"),
        };
    }

    private float[]? Bias(Node node) => graph.Parameters.TryGetValue(node.Parameter("bias"), out var bias) ? bias.ToFloats() : null;

    private static GraphTensor Kernel(GraphTensor weight)
    {
        var shape = new TensorShape(weight.Shape[0], weight.Shape[1], 1, 1);
        return weight is QuantizedTensor q ? new QuantizedTensor(shape, q.Grid, q.Codes) : new FloatTensor(shape, weight.ToFloats());
    }

    private static ReferenceValue Quantized(ReferenceValue x, Grid grid)
    {
        float[] reals = x.Reals();
        int perChannel = reals.Length / x.Shape[0];
        return ReferenceValue.OfCodes(x.Shape, grid, [.. reals.Select((v, i) => grid.Quantize(v, i / perChannel))]);
    }

    private ReferenceValue BatchNormalised(Node node, BatchNorm op, ReferenceValue x)
    {
        float[] Values(string role) => graph.Parameters[node.Parameter(role)].ToFloats();
        float[] gain = Values("weight"), bias = Values("bias"), mean = Values("running_mean"), variance = Values("running_var"), reals = x.Reals();
        int perChannel = reals.Length / x.Shape[0];
        for (int i = 0; i < reals.Length; i++)
        {
            int c = i / perChannel;
            double factor = gain[c] / Math.Sqrt((double)variance[c] + op.Epsilon);
            double shift = bias[c] - mean[c] * factor;
            reals[i] = (float)(factor * reals[i] + shift);
        }

        return ReferenceValue.OfReals(x.Shape, reals);
    }

    private static ReferenceValue Map(ReferenceValue x, Func<float, float> function) => ReferenceValue.OfReals(x.Shape, [.. x.Reals().Select(function)]);

    private static ReferenceValue Added(ReferenceValue a, ReferenceValue b) =>
        ReferenceValue.OfReals(a.Shape, [.. a.Reals().Zip(b.Reals(), (p, q) => (float)((double)p + q))]);

    private static ReferenceValue Padded(ReferenceValue x, Pad op, TensorShape shape)
    {
        float[] source = x.Reals(), target = new float[shape.ElementCount];
        for (int c = 0; c < x.Shape[0]; c++)
        {
            for (int y = 0; y < x.Shape[1]; y++)
            {
                int to = ((c + op.ChannelsBefore) * shape[1] + y + op.Before.Y) * shape[2] + op.Before.X;
                source.AsSpan((c * x.Shape[1] + y) * x.Shape[2], x.Shape[2]).CopyTo(target.AsSpan(to));
            }
        }

        return ReferenceValue.OfReals(shape, target);
    }
}
