using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BitAnneal.Training;

/// <summary>What each operator means in tensor operations on a batch.</summary>
internal sealed class OperatorExecutor : IDisposable
{
    private readonly GraphModule module;
    private readonly Dictionary<string, (Tensor Scale, Tensor Offset)> channelGrids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CodeConvolution> codeConvolutions = new(StringComparer.Ordinal);

    public OperatorExecutor(GraphModule module)
    {
        this.module = module;
        using var scope = NewDisposeScope();
        foreach (var node in module.Graph.Nodes)
        {
            if (node.Operator is Quantize { Grid.IsPerChannel: true } quantize)
            {
                int[] dimensions = [1, quantize.Grid.Scales.Length, .. Enumerable.Repeat(1, module.Graph.ShapeOf(node.Name).Rank - 1)];
                var shape = new TensorShape(dimensions);
                channelGrids[node.Name] = (
                    TensorMemory.FromFloats(quantize.Grid.Scales.AsSpan(), shape, module.Device).DetachFromDisposeScope(),
                    TensorMemory.FromFloats(quantize.Grid.Offsets.AsSpan(), shape, module.Device).DetachFromDisposeScope());
            }

            if (CodeConvolution.Of(module.Graph, node, module.Device) is { } layer)
            {
                codeConvolutions[node.Name] = layer;
            }
        }
    }

    /// <summary>The node's value for a batch. The result is a new tensor object, never an argument itself.</summary>
    public Tensor Execute(Node node, Tensor[] x)
    {
        using var scope = NewDisposeScope();
        return Compute(node, x).alias().MoveToOuterDisposeScope();
    }

    /// <summary>The quantized value of a step that has a site, and the value in front of it where others read that. New tensor objects.</summary>
    public (Tensor Quantized, Tensor? Value) Quantize(ExecutionPlan.Step step, Tensor[] x)
    {
        using var scope = NewDisposeScope();
        if (!module.TryGetQuantizer(step.Site!, out var quantizer))
        {
            throw new GraphException(step.Site!, "is a place for a quantizer, but none was given");
        }

        var input = new QuantizerInput(x[0], x.Length > 1 ? x[1] : null, step.Rectifier, step.KeepsValue, step.OwnsInput);
        var (quantized, value) = quantizer.ApplyFused(input, module.training);
        return (quantized.alias().MoveToOuterDisposeScope(), value?.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (scale, offset) in channelGrids.Values)
        {
            scale.Dispose();
            offset.Dispose();
        }

        foreach (var layer in codeConvolutions.Values)
        {
            layer.Dispose();
        }
    }

    private Tensor Compute(Node node, Tensor[] x) => node.Operator switch
    {
        Conv2d or Linear when !module.training && codeConvolutions.TryGetValue(node.Name, out var layer) => layer.Run(x[0]),
        Conv2d op => Real(F.conv2d(Operand(x[0]), Operand(Parameter(node, "weight")), op.Bias ? Operand(Parameter(node, "bias")) : null,
            Pair(op.Stride), Pair(op.Padding), Pair(op.Dilation), op.Groups)),
        Linear op => Real(F.linear(Operand(x[0]), Operand(Parameter(node, "weight")), op.Bias ? Operand(Parameter(node, "bias")) : null)),
        BatchNorm op => F.batch_norm(x[0], Parameter(node, "running_mean"), Parameter(node, "running_var"), Parameter(node, "weight"),
            Parameter(node, "bias"), module.training, module.BatchNormMomentum ?? op.Momentum, op.Epsilon),
        Relu => F.relu(x[0]),
        Relu6 => F.relu6(x[0]),
        Add => x[0].Plus(x[1]),
        Concat => cat(x, 1),
        MaxPool op => F.max_pool2d(x[0], Pair(op.Kernel), Pair(op.Stride), Pair(op.Padding)),
        AveragePool op => Real(F.avg_pool2d(Wide(x[0]), Pair(op.Kernel), Pair(op.Stride), Pair(op.Padding), false, op.CountIncludesPadding)),
        GlobalAveragePool => Real(Wide(x[0]).mean([2, 3], keepdim: true)),
        Flatten => x[0].reshape(x[0].shape[0], -1),
        Pad op => F.pad(x[0], [op.Before.X, op.After.X, op.Before.Y, op.After.Y, op.ChannelsBefore, op.ChannelsAfter]),
        StridedSlice op => x[0].slice(2, 0, x[0].shape[2], op.Step.Y).slice(3, 0, x[0].shape[3], op.Step.X),
        Quantize { Grid: { } grid } => OnGrid(node, grid, x[0]),
        Output => x[0],
        _ => throw new GraphException(node.Name, $"has the operator {node.Operator.GetType().Name}, which training cannot run"),
    };

    private Tensor OnGrid(Node node, Grid grid, Tensor x)
    {
        if (module.training && !grid.IsPerChannel && x.device_type == DeviceType.CPU)
        {
            var gradient = StraightThrough.Clipped(grid.Dequantize(grid.MinCode), grid.Dequantize(grid.MaxCode));
            return MixtureFunction.Apply(new QuantizerInput(x), null, [[new Partner(grid.Scale(0), grid.Offset(0), grid.MinCode, grid.MaxCode, gradient)]]);
        }

        var (scale, offset) = channelGrids.TryGetValue(node.Name, out var perChannel)
            ? perChannel
            : (tensor(grid.Scale(0), device: x.device), tensor(grid.Offset(0), device: x.device));
        var code = Wide(x).Plus(offset, -1).div(scale).round().clamp(tensor((float)grid.MinCode, device: x.device), tensor((float)grid.MaxCode, device: x.device));
        return Real(code).mul(scale).Plus(offset);
    }

    private Tensor Operand(Tensor x) => module.training && module.ComputeType == ComputeType.BFloat16 ? x.to(ScalarType.BFloat16) : x;

    /// <summary>float64 where a frozen network rounds only once (docs/semantics.md); training does without.</summary>
    private Tensor Wide(Tensor x) => module.training ? x : x.to(ScalarType.Float64);

    private static Tensor Real(Tensor y) => y.dtype == ScalarType.Float32 ? y : y.to(ScalarType.Float32);

    private Tensor Parameter(Node node, string role) => module.Effective(node.Parameter(role));

    private static long[] Pair(Extent extent) => [extent.Y, extent.X];
}
