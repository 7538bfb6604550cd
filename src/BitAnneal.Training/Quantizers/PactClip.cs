using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>y = clip(x, 0, α) with the gradients of PACT (quantizers.md, section 6.1).</summary>
internal sealed class PactClip : autograd.SingleTensorFunction<PactClip>
{
    /// <inheritdoc/>
    public override string Name => nameof(PactClip);

    /// <summary>Arguments: x (any shape) and α (scalar tensor).</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, alpha) = ((Tensor)vars[0], (Tensor)vars[1]);
        ctx.save_for_backward([x, alpha]);
        using var scope = NewDisposeScope();
        return x.clamp(zeros_like(alpha), alpha).MoveToOuterDisposeScope();
    }

    /// <summary>dL/dx = G·1[0 ≤ x ≤ α], dL/dα = Σ over x ≥ α of G.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (x, alpha) = (saved[0], saved[1]);
        using var scope = NewDisposeScope();
        var inside = x.ge(zeros_like(alpha)).logical_and(x.le(alpha));
        var dx = grad_output.mul(inside).MoveToOuterDisposeScope();
        var dalpha = grad_output.mul(x.ge(alpha)).sum().MoveToOuterDisposeScope();
        return [dx, dalpha];
    }
}
