using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The mixture in plain tensor operations: what the fused kernel must equal, and what runs on other devices.</summary>
internal static class MixtureReference
{
    /// <summary>See <see cref="Mixture.Apply"/>.</summary>
    public static Tensor Apply(Tensor x, Tensor? weights, Partner[] partners)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (int k = 0; k < partners.Length; k++)
        {
            var quantized = StraightThrough(x, partners[k]);
            var term = weights is null ? quantized : quantized.mul(weights.select(0, k));
            sum = sum is null ? term : sum.Plus(term);
        }

        return sum!.MoveToOuterDisposeScope();
    }

    private static Tensor StraightThrough(Tensor x, Partner partner)
    {
        if (partner.IsFloat)
        {
            return x;
        }

        var (scale, offset) = (Constant(partner.Scale, x), Constant(partner.Offset, x));
        var detached = x.detach();
        var position = detached.Plus(offset, -1).div(scale);
        var code = partner.Rounding switch
        {
            Rounding.HalfToEven => position.round(),
            Rounding.HalfUp => position.Plus(Constant(0.5f, x)).floor(),
            _ => position.floor(),
        };
        var level = code.clamp(Constant(0, x), Constant(partner.LastCode, x)).mul(scale).Plus(offset);
        var carrier = partner.Clipped ? x.clamp(offset, Constant(partner.Top, x)) : x; // Its derivative is that of the estimator.
        return carrier.Plus(level.Plus(carrier.detach(), -1));
    }

    private static Tensor Constant(float value, Tensor like) => tensor(value, device: like.device);
}
