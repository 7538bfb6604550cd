using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The mixture as one autograd node over the fused kernel (dqa.md, section 6).</summary>
/// <remarks>
/// Backward must not throw: an exception there ends the process. Everything that can fail is checked in forward. One backward pass may follow.
/// </remarks>
internal sealed class MixtureFunction : autograd.SingleTensorFunction<MixtureFunction>
{
    private const string JobKey = "job", StridesKey = "strides";

    /// <inheritdoc/>
    public override string Name => nameof(MixtureFunction);

    /// <summary>See <see cref="Mixture.Apply"/>.</summary>
    /// <param name="x">float32 on the CPU.</param>
    /// <param name="weights">K values; null for one quantizer.</param>
    /// <param name="partners">Of each quantizer one entry, or one per channel (dimension 0).</param>
    /// <param name="clip">A learned upper end of the range, or null.</param>
    public static Tensor Apply(Tensor x, Tensor? weights, Partner[][] partners, LearnedClip? clip = null)
    {
        // Statistics of the range and codes are constants; only x, m and α carry gradients.
        using var one = weights is null || clip is null ? ones(1) : null;
        return apply(x, weights ?? one!, clip?.Alpha ?? one!, partners, clip, is_grad_enabled()); // In forward itself the answer is always no.
    }

    /// <summary>Arguments: x, m (K values), α, partners, clip, whether a backward pass may follow.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weights, alpha, partners, clip) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Partner[][])vars[3], (LearnedClip?)vars[4]);
        if (x.dtype != ScalarType.Float32 || weights.numel() != partners.Length)
        {
            throw new ArgumentException($"a mixture of {partners.Length} quantizers needs float32 values and as many weights");
        }

        using var scope = NewDisposeScope();
        var job = new MixtureJob(partners, TensorMemory.ToFloats(weights), clip is null ? null : TensorMemory.ToFloats(alpha)[0], clip?.FollowsRounding ?? false);
        bool isUsable = job.Channels == 1 ? TensorMemory.IsDense(x) : ChannelMemory.HasChannelsOutermost(x);
        if (job.Channels > 1 && job.Channels != x.shape[0])
        {
            throw new ArgumentException($"{job.Channels} grids for {x.shape[0]} channels");
        }

        var dense = isUsable ? x : x.contiguous();
        var result = dense.empty_like();
        if (job.IsSharedRange && (bool)vars[5])
        {
            job.KeepWords(dense.numel());
        }

        MixtureKernel.Forward(dense, result, job);
        ctx.save_for_backward(job.IsSharedRange ? [] : [dense]); // The native context holds its own reference.
        ctx.save_data(JobKey, job);
        ctx.save_data(StridesKey, dense.stride());
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>dL/dx = Σₖ mₖ·STEₖ(G), dL/dmₖ = ⟨G, Qₖ⟩, dL/dα = Σ of G where x ≥ α.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var job = (MixtureJob)ctx.get_data(JobKey);
        var x = job.IsSharedRange ? null : ctx.get_saved_variables()[0];
        using var scope = NewDisposeScope();
        var dx = empty_strided(grad_output.shape, (long[])ctx.get_data(StridesKey), dtype: ScalarType.Float32);
        var gradient = grad_output;
        if (!TensorMemory.SameLayout(gradient, dx))
        {
            gradient = dx.empty_like();
            gradient.copy_(grad_output);
        }

        if (job is { IsSharedRange: true, Words: null })
        {
            // A second pass over one graph: the words are gone, and an exception would end the process. NaN ends the training with a message.
            float[] unknown = new float[job.Weights.Length];
            Array.Fill(unknown, float.NaN);
            return [dx.mul(tensor(float.NaN)).MoveToOuterDisposeScope(), tensor(unknown).MoveToOuterDisposeScope(), tensor(float.NaN).MoveToOuterDisposeScope(), null!, null!, null!];
        }

        var (dm, dalpha) = MixtureKernel.Backward(x, gradient, dx, job);
        job.ReturnWords();
        return [dx.MoveToOuterDisposeScope(), tensor(dm).MoveToOuterDisposeScope(), tensor(dalpha).MoveToOuterDisposeScope(), null!, null!, null!];
    }
}
