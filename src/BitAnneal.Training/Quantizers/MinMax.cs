using BitAnneal.Graphs;
using BitAnneal.Training.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace BitAnneal.Training.Quantizers;

/// <summary>Smallest and largest value of a tensor in one read of its memory.</summary>
internal static class MinMax
{
    /// <summary>The range of a tensor.</summary>
    /// <exception cref="BitAnnealException">It holds NaN or infinity.</exception>
    public static ClipRange Of(Tensor x, string site) =>
        Finite(x.device_type == DeviceType.CPU && TensorMemory.IsDense(x) ? ActivationKernel.Run(x, null, rectified: false, null) : OfOperation(x), site);

    /// <summary>The range, if both ends are numbers.</summary>
    /// <exception cref="BitAnnealException">They are not.</exception>
    public static ClipRange Finite(ClipRange range, string site) =>
        float.IsFinite(range.Min) && float.IsFinite(range.Max) ? range : throw NotFinite(site);

    /// <summary>The range of each channel (index of dimension 0).</summary>
    /// <exception cref="BitAnnealException">The tensor holds NaN or infinity.</exception>
    public static ClipRange[] OfChannels(Tensor x, string site)
    {
        var ranges = ChannelMemory.Map(x, (_, values) => new ClipRange(TensorPrimitives.Min(values), TensorPrimitives.Max(values)));
        return Array.TrueForAll(ranges, r => float.IsFinite(r.Min) && float.IsFinite(r.Max)) ? ranges : throw NotFinite(site);
    }

    /// <summary>The fault of a tensor that holds NaN or infinity.</summary>
    public static BitAnnealException NotFinite(string site) =>
        new($"'{site}' holds a value that is not finite: the training has diverged; lower the learning rate");

    private static ClipRange OfOperation(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (min, max) = x.detach().aminmax();
        return new ClipRange(TensorMemory.ToFloats(min)[0], TensorMemory.ToFloats(max)[0]);
    }
}
