using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The learned clip α of PACT (quantizers.md, section 6.1).</summary>
/// <param name="Alpha">α, a scalar.</param>
/// <param name="FollowsRounding">PACT+: inside the range α also gets the derivative of the rounded value.</param>
public sealed record LearnedClip(Tensor Alpha, bool FollowsRounding);
