using BitAnneal.Graphs;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The mixture in plain tensor operations: what the fused kernel must equal, and what runs on other devices.</summary>
internal static class MixtureReference
{
    /// <summary>See <see cref="Mixture.Apply"/>.</summary>
    public static Tensor Apply(Tensor x, Tensor? weights, Partner[][] partners, LearnedClip? clip = null)
    {
        using var scope = NewDisposeScope();
        var y = clip is null ? x : PactClip.apply(x, clip.Alpha);
        Tensor? sum = null;
        for (int k = 0; k < partners.Length; k++)
        {
            var quantized = StraightThrough(y, partners[k]);
            var term = weights is null ? quantized : quantized.mul(weights.select(0, k));
            sum = sum is null ? term : sum.Plus(term);
        }

        if (clip is { FollowsRounding: true })
        {
            // Adds zero, with the derivative (q − y)/α for α.
            var alpha = clip.Alpha;
            sum = sum!.Plus(sum!.detach().Plus(y.detach(), -1).mul(alpha.Plus(alpha.detach(), -1).div(alpha.detach())));
        }

        return sum!.MoveToOuterDisposeScope();
    }

    private static Tensor StraightThrough(Tensor x, Partner[] partners)
    {
        if (partners[0].IsFloat)
        {
            return x; // Clipped already where there is a clip.
        }

        var low = PerChannel(x, partners, p => p.Gradient.Low);
        var high = PerChannel(x, partners, p => p.Gradient.High);
        var detached = x.detach();
        var level = Codes(detached, partners).mul(PerChannel(x, partners, p => p.Scale)).Plus(PerChannel(x, partners, p => p.Offset));
        var inside = detached.ge(low).logical_and(detached.le(high)).to(ScalarType.Float32);
        var outsideSlope = PerChannel(x, partners, p => p.Gradient.Outside);
        var slope = inside.mul(PerChannel(x, partners, p => p.Gradient.Inside).Plus(outsideSlope, -1)).Plus(outsideSlope);
        return level.Plus(x.Plus(detached, -1).mul(slope)); // The second term is zero and carries the derivative.
    }

    private static Tensor Codes(Tensor x, Partner[] partners)
    {
        var (min, max) = (PerChannel(x, partners, p => p.MinCode), PerChannel(x, partners, p => p.MaxCode));
        var position = x.Plus(PerChannel(x, partners, p => p.Offset), -1).div(PerChannel(x, partners, p => p.Scale));
        var rounded = partners[0].Rounding switch
        {
            Rounding.HalfToEven => position.round(),
            Rounding.HalfUp => position.Plus(Constant(0.5f, x)).floor(),
            _ => position.floor(),
        };
        var zone = PerChannel(x, partners, p => p.DeadZone);
        var thresholded = min.Plus(x.ge(zone.neg()).to(ScalarType.Float32)).Plus(x.gt(zone).to(ScalarType.Float32));
        return where(zone.isnan(), rounded, thresholded).maximum(min).minimum(max);
    }

    private static Tensor PerChannel(Tensor like, Partner[] partners, Func<Partner, float> value)
    {
        int[] shape = [partners.Length, .. Enumerable.Repeat(1, Math.Max(0, (int)like.dim() - 1))];
        float[] values = [.. partners.Select(value)];
        return partners.Length == 1 ? Constant(values[0], like) : TensorMemory.FromFloats(values, new TensorShape(shape), like.device);
    }

    private static Tensor Constant(float value, Tensor like) => tensor(value, device: like.device);
}
