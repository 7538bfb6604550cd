using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>What rectifiers make of values.</summary>
internal static class Rectifiers
{
    /// <summary>The largest value that comes out.</summary>
    public static float Ceiling(this Rectifier rectifier) => rectifier == Rectifier.Relu6 ? 6 : float.PositiveInfinity;

    /// <summary>The rectified values of a tensor; the tensor itself where there is no rectifier.</summary>
    public static Tensor Of(this Rectifier rectifier, Tensor x) => rectifier switch
    {
        Rectifier.Relu => x.relu(),
        Rectifier.Relu6 => nn.functional.relu6(x),
        _ => x,
    };

    /// <summary>The range of the rectified values of a range.</summary>
    public static ClipRange Of(this Rectifier rectifier, ClipRange range) => rectifier == Rectifier.None
        ? range
        : new ClipRange(Math.Clamp(range.Min, 0, rectifier.Ceiling()), Math.Clamp(range.Max, 0, rectifier.Ceiling()));
}
