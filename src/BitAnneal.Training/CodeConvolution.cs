using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace BitAnneal.Training;

/// <summary>
/// A convolution or linear layer of codes on codes, as <c>docs/semantics.md</c> defines it (case 1): sums of codes are whole numbers, so libtorch's
/// float32 convolution is exact up to 2²⁴ whatever its order, and float64 beyond (on CUDA only where it adds up products, and does not transform). Only then come scales, offsets and bias, in float64.
/// </summary>
internal sealed class CodeConvolution : IDisposable
{
    private const double ExactInSingle = 1 << 24;

    private readonly Conv2d op;
    private readonly Tensor inputScale, inputOffset, codes, factor, constant;
    private readonly Tensor? ones, offsetFactor;

    /// <summary>Prepares a layer.</summary>
    /// <param name="op">What it does; for a linear layer a 1×1 convolution.</param>
    /// <param name="weight">q_w, of four dimensions.</param>
    /// <param name="bias">One per output channel, or null.</param>
    /// <param name="input">Grid of the input, per tensor.</param>
    /// <param name="shape">C × H × W of the input.</param>
    /// <param name="device">Where it runs.</param>
    private CodeConvolution(Conv2d op, QuantizedTensor weight, float[]? bias, Grid input, TensorShape shape, Device device)
    {
        this.op = op;
        (double scale, double offset) = (input.Scale(0), input.Offset(0));
        using var scope = NewDisposeScope();
        int channels = weight.Shape[0], taps = weight.ChannelStride, largest = Math.Max(Math.Abs(input.MinCode), Math.Abs(input.MaxCode));
        float[] values = new float[weight.Shape.ElementCount];
        double bound = (double)taps * largest; // Of Σ q_x; then of every Σ q_w·q_x too.
        for (int o = 0; o < channels; o++)
        {
            double magnitude = 0;
            for (int i = o * taps; i < (o + 1) * taps; i++)
            {
                values[i] = weight.Code(i);
                magnitude += Math.Abs(values[i]);
            }

            bound = Math.Max(bound, magnitude * largest);
        }

        var type = bound <= ExactInSingle ? ScalarType.Float32 : ScalarType.Float64;
        codes = TensorMemory.FromFloats(values, weight.Shape, device).to(type);
        var (scales, offsets) = (PerChannel(weight.Grid.Scale), PerChannel(weight.Grid.Offset));
        factor = scales.Times(scale);
        using var inside = torch.ones([1, shape[0], shape[1], shape[2]], dtype: ScalarType.Float64, device: device);
        using var everywhere = torch.ones([op.Groups, .. codes.shape[1..]], dtype: ScalarType.Float64, device: device);
        var sumOfWeights = Convolve(inside, codes.to(ScalarType.Float64));
        var count = Spread(Convolve(inside, everywhere));
        constant = scales.Times(offset).mul(sumOfWeights).Plus(offsets.Times(offset).mul(count)).Plus(PerChannel(o => bias?[o] ?? 0));
        if (weight.Grid.Offsets.Any(v => v != 0))
        {
            ones = everywhere.to(type).DetachFromDisposeScope();
            offsetFactor = offsets.Times(scale).DetachFromDisposeScope();
        }

        (inputScale, inputOffset) = (tensor(input.Scale(0), device: device).DetachFromDisposeScope(), tensor(input.Offset(0), device: device).DetachFromDisposeScope());
        codes.DetachFromDisposeScope();
        factor.DetachFromDisposeScope();
        constant.DetachFromDisposeScope();

        Tensor PerChannel(Func<int, float> value) => tensor([.. Enumerable.Range(0, channels).Select(o => (double)value(o))], [1, channels, 1, 1], device: device);
    }

    /// <summary>The layer of a node, or null where weight or input are not codes, or the input's grid is per channel.</summary>
    public static CodeConvolution? Of(Graph graph, Node node, Device device)
    {
        if (node.Operator is not (Conv2d or Linear) || graph.GridOf(node.Inputs[0]) is not { IsPerChannel: false } grid || graph.Parameters[node.Parameter("weight")] is not QuantizedTensor weight)
        {
            return null;
        }

        float[]? bias = graph.Parameters.TryGetValue(node.Parameter("bias"), out var given) ? given.ToFloats() : null;
        if (node.Operator is Conv2d op)
        {
            return new CodeConvolution(op, weight, bias, grid, graph.ShapeOf(node.Inputs[0]), device);
        }

        var kernel = new QuantizedTensor(new TensorShape(weight.Shape[0], weight.Shape[1], 1, 1), weight.Grid, weight.Codes);
        return new CodeConvolution(new Conv2d(weight.Shape[0], 1), kernel, bias, grid, new TensorShape(weight.Shape[1], 1, 1), device);
    }

    /// <summary>y = s_w·s_x·A + (o_w·s_x·X + s_w·o_x·W + o_w·o_x·n + bias), rounded once to float32.</summary>
    /// <param name="x">Real values on the input's grid, N × C × H × W or N × F.</param>
    public Tensor Run(Tensor x)
    {
        using var scope = NewDisposeScope();
        var image = x.dim() == 4 ? x : x.reshape(x.shape[0], x.shape[1], 1, 1);
        var q = image.Plus(inputOffset, -1).div_(inputScale).round_().to(codes.dtype);
        var rest = ones is null ? constant : offsetFactor!.mul(Spread(Convolve(q, ones))).Plus(constant);
        var y = factor.mul(Convolve(q, codes)).Plus(rest).to(ScalarType.Float32);
        return (x.dim() == 4 ? y : y.reshape(y.shape[0], -1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        inputScale.Dispose();
        inputOffset.Dispose();
        codes.Dispose();
        factor.Dispose();
        constant.Dispose();
        ones?.Dispose();
        offsetFactor?.Dispose();
    }

    private Tensor Convolve(Tensor x, Tensor kernel) =>
        F.conv2d(x, kernel, null, [op.Stride.Y, op.Stride.X], [op.Padding.Y, op.Padding.X], [op.Dilation.Y, op.Dilation.X], op.Groups);

    /// <summary>One value per group becomes one per output channel.</summary>
    private Tensor Spread(Tensor ofGroups) => op.Groups == 1 ? ofGroups : ofGroups.repeat_interleave(codes.shape[0] / op.Groups, 1);
}
