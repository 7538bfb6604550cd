using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The mixture as one autograd node over the fused kernel (dqa.md, section 6).</summary>
/// <remarks>Backward must not throw: an exception there ends the process. Everything that can fail is checked in forward.</remarks>
internal sealed class MixtureFunction : autograd.SingleTensorFunction<MixtureFunction>
{
    private const string JobKey = "job";

    /// <inheritdoc/>
    public override string Name => nameof(MixtureFunction);

    /// <summary>See <see cref="Mixture.Apply"/>.</summary>
    public static Tensor Apply(Tensor x, Tensor? weights, Partner[] partners)
    {
        // Statistics of the range and codes are constants; only x and m carry gradients.
        using var one = weights is null ? ones(1) : null;
        return apply(x, weights ?? one!, partners);
    }

    /// <summary>Arguments: x, m (K values), partners.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, weights, partners) = ((Tensor)vars[0], (Tensor)vars[1], (Partner[])vars[2]);
        if (x.dtype != ScalarType.Float32 || weights.numel() != partners.Length)
        {
            throw new ArgumentException($"a mixture of {partners.Length} quantizers needs float32 values and as many weights");
        }

        using var scope = NewDisposeScope();
        var dense = TensorMemory.IsDense(x) ? x : x.contiguous();
        var result = dense.empty_like();
        var job = new MixtureJob(partners, TensorMemory.ToFloats(weights));
        MixtureKernel.Forward(dense, result, job);
        ctx.save_for_backward([dense]); // The native context holds its own reference.
        ctx.save_data(JobKey, job);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>dL/dx = Σₖ mₖ·STEₖ(G), dL/dmₖ = ⟨G, Qₖ⟩.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var x = ctx.get_saved_variables()[0];
        var job = (MixtureJob)ctx.get_data(JobKey);
        using var scope = NewDisposeScope();
        var gradient = grad_output;
        if (!TensorMemory.SameLayout(gradient, x))
        {
            gradient = x.empty_like();
            gradient.copy_(grad_output);
        }

        var dx = x.empty_like();
        float[] dm = MixtureKernel.Backward(x, gradient, dx, job);
        return [dx.MoveToOuterDisposeScope(), tensor(dm).MoveToOuterDisposeScope(), null!];
    }
}
