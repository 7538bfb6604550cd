using BitAnneal.Graphs;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The mixture as one autograd node over the fused kernels (dqa.md, section 6), with the sum and the rectifier in front where there are any.</summary>
/// <remarks>One backward pass may follow; what it needs is free after that.</remarks>
internal sealed class MixtureFunction : IAutogradFunction
{
    private readonly MixtureJob job;
    private readonly long[] strides;
    private readonly int sources;
    private readonly bool hasWeights, rectified;
    private Tensor? values, words;

    private MixtureFunction(MixtureJob job, Tensor values, Tensor? words, int sources, bool hasWeights, bool rectified)
    {
        (this.job, this.sources, this.hasWeights, this.rectified) = (job, sources, hasWeights, rectified);
        strides = values.stride();
        this.words = words?.DetachFromDisposeScope();
        this.values = words is null ? values.detach().DetachFromDisposeScope() : null;
    }

    /// <summary>The mixture of x, or of the rectified x.</summary>
    /// <param name="input">x, float32 on the CPU, without addend; the slopes of the partners heed the rectifier already.</param>
    /// <param name="weights">K values; null for one quantizer.</param>
    /// <param name="partners">Of each quantizer one entry, or one per channel (dimension 0).</param>
    /// <param name="clip">A learned upper end of the range, or null.</param>
    public static Tensor Apply(in QuantizerInput input, Tensor? weights, Partner[][] partners, LearnedClip? clip = null)
    {
        using var scope = NewDisposeScope();
        var x = input.X;
        var job = Job(weights, partners, clip, input.Rectifier.Ceiling());
        if (x.dtype != ScalarType.Float32 || job.Channels > 1 && job.Channels != x.shape[0])
        {
            throw new ArgumentException($"{job.Channels} grids for {x.dtype} values of {x.shape[0]} channels");
        }

        bool isUsable = job.Channels == 1 ? TensorMemory.IsDense(x) : ChannelMemory.HasChannelsOutermost(x);
        var dense = isUsable ? x : x.contiguous();
        bool inPlace = input.OwnsX && (job.IsSharedRange || !is_grad_enabled()); // Nothing or words stand for the value in a backward pass.
        return Quantize([x], dense, inPlace ? dense.detach() : dense.empty_like(), job, weights, clip)[0].MoveToOuterDisposeScope();
    }

    /// <summary>The mixture of x, max(x, 0), x + b or max(x + b, 0), which is laid down in memory first.</summary>
    /// <param name="input">float32 on the CPU.</param>
    /// <param name="weights">K values; null for one quantizer.</param>
    /// <param name="partners">The K quantizers, one grid each, for a value of this range.</param>
    /// <param name="clip">A learned upper end of the range, or null.</param>
    /// <returns>The mixture, and the value that was quantized where others read it.</returns>
    public static (Tensor Quantized, Tensor? Value) ApplyFused(
        in QuantizerInput input, Tensor? weights, Func<Tensor, ClipRange, Partner[][]> partners, LearnedClip? clip = null)
    {
        using var scope = NewDisposeScope();
        var (x, addend) = (TensorMemory.IsDense(input.X) ? input.X : input.X.contiguous(), input.Addend);
        if (addend is not null)
        {
            addend = LaidOut(addend.detach(), x);
        }

        bool rectified = input.Rectifier == Rectifier.Relu;
        var value = input.OwnsX ? x.detach() : x.detach().empty_like();
        var range = ActivationKernel.Run(x, addend, rectified, value);
        var job = Job(weights, partners(value, range), clip);
        if (job.Channels > 1)
        {
            throw new ArgumentException($"{job.Channels} grids for a value between layers");
        }

        Tensor[] sources = input.Addend is null ? [input.X] : [input.X, input.Addend];
        bool inPlace = job.IsSharedRange && !input.KeepsValue; // Words stand for the value then.
        var outputs = Quantize(sources, value, inPlace ? value : value.empty_like(), job, weights, clip, input.KeepsValue, rectified);
        return (outputs[0].MoveToOuterDisposeScope(), input.KeepsValue ? outputs[1].MoveToOuterDisposeScope() : null);
    }

    /// <summary>dL/dx = Σₖ mₖ·STEₖ(G) + D, dL/dmₖ = ⟨G, Qₖ⟩, dL/dα = Σ of G where x ≥ α. D is the gradient of the value that others read.</summary>
    public Tensor?[] Backward(Tensor?[] gradients)
    {
        var like = gradients[0] ?? gradients[1]!;
        var dx = empty_strided(like.shape, strides, dtype: ScalarType.Float32);
        if (values is null && words is null)
        {
            // A second pass over one graph: what it needs is gone. NaN ends the training with a message.
            return Results(dx.mul(tensor(float.NaN)), [.. job.Weights.Select(_ => float.NaN)], float.NaN);
        }

        var direct = gradients.Length > 1 && gradients[1] is { } d ? LaidOut(d, dx) : null;
        var (dm, dalpha) = MixtureKernel.Backward(values, words, gradients[0] is { } g ? LaidOut(g, dx) : dx.zeros_like(), direct, rectified, dx, job);
        Dispose();
        return Results(dx, dm, dalpha);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        values?.Dispose();
        words?.Dispose();
        (values, words) = (null, null);
    }

    private static MixtureJob Job(Tensor? weights, Partner[][] partners, LearnedClip? clip, float ceiling = float.PositiveInfinity)
    {
        if (weights is not null && weights.numel() != partners.Length)
        {
            throw new ArgumentException($"a mixture of {partners.Length} quantizers needs as many weights");
        }

        float? alpha = clip is null ? null : TensorMemory.ToFloats(clip.Alpha)[0];
        return new MixtureJob(partners, weights is null ? [1] : TensorMemory.ToFloats(weights), alpha, clip?.FollowsRounding ?? false, ceiling);
    }

    /// <summary>Carries out the forward pass and puts it into the graph, if a gradient can come back.</summary>
    private static Tensor[] Quantize(
        Tensor[] sources, Tensor value, Tensor result, MixtureJob job, Tensor? weights, LearnedClip? clip, bool keepsValue = false, bool rectified = false)
    {
        Tensor[] inputs = [.. sources, .. weights is null ? Array.Empty<Tensor>() : [weights], .. clip is null ? Array.Empty<Tensor>() : [clip.Alpha]];
        Tensor[] outputs = keepsValue ? [result, value] : [result];
        bool isNeeded = AutogradNode.IsNeeded(inputs);
        var words = isNeeded && job.IsSharedRange ? empty(value.numel(), dtype: ScalarType.Int16) : null;
        MixtureKernel.Forward(value, result, words, job);
        return isNeeded ? AutogradNode.Connect(new MixtureFunction(job, value, words, sources.Length, weights is not null, rectified), inputs, outputs) : outputs;
    }

    private static Tensor LaidOut(Tensor tensor, Tensor like)
    {
        if (TensorMemory.SameLayout(tensor, like))
        {
            return tensor;
        }

        var copy = like.detach().empty_like();
        copy.copy_(tensor);
        return copy;
    }

    private Tensor?[] Results(Tensor dx, float[] dm, float dalpha) =>
    [
        .. Enumerable.Repeat(dx, sources), .. hasWeights ? [tensor(dm)] : Array.Empty<Tensor>(), .. job.Clip is null ? Array.Empty<Tensor>() : [tensor(dalpha)],
    ];
}
