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
            var quantized = StraightThrough(y, partners[k], partners.Length == 1);
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

    private static Tensor StraightThrough(Tensor x, Partner[] partners, bool isAlone)
    {
        if (partners[0].IsFloat)
        {
            return x; // Clipped already where there is a clip.
        }

        var low = LevelCode.PerChannel(x, partners, p => p.Gradient.Low);
        var high = LevelCode.PerChannel(x, partners, p => p.Gradient.High);
        var detached = x.detach();
        var codes = isAlone && partners is [{ IsNode: true }] ? LevelCode.OfNode(detached, partners[0]) : LevelCode.Of(detached, partners);
        var level = codes.mul(LevelCode.PerChannel(x, partners, p => p.Scale)).Plus(LevelCode.PerChannel(x, partners, p => p.Offset));
        var inside = detached.ge(low).logical_and(detached.le(high)).to(ScalarType.Float32);
        var outsideSlope = LevelCode.PerChannel(x, partners, p => p.Gradient.Outside);
        var slope = inside.mul(LevelCode.PerChannel(x, partners, p => p.Gradient.Inside).Plus(outsideSlope, -1)).Plus(outsideSlope);
        return level.Plus(x.Plus(detached, -1).mul(slope)); // The second term is zero and carries the derivative.
    }
}
