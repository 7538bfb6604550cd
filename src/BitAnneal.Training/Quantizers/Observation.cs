using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>The tensor of one pass as ranges see it. Every figure is computed once, however many quantizers of a mixture ask.</summary>
/// <param name="values">float32, any shape; channels are dimension 0.</param>
/// <param name="training">Whether statistics may be updated.</param>
/// <param name="site">Name of the tensor, for messages.</param>
/// <param name="rectifier">What is applied to the values first, as the range of the tensor heeds; moments and ranges of channels do not.</param>
/// <param name="known">Smallest and largest value of the tensor where they are known already; null where they must be looked for.</param>
public sealed class Observation(Tensor values, bool training, string site, Rectifier rectifier = Rectifier.None, ClipRange? known = null)
{
    private readonly Dictionary<QuantizerRange, ClipRange[]> ranges = [];
    private ClipRange[]? perTensor, perChannel;
    private AbsoluteMoments[]? moments;

    /// <summary>Whether statistics may be updated.</summary>
    public bool Training { get; } = training;

    /// <summary>Name of the tensor, for messages.</summary>
    public string Site { get; } = site;

    /// <summary>What is applied to the values first.</summary>
    public Rectifier Rectifier { get; } = rectifier;

    /// <summary>Number of values.</summary>
    public long Count { get; } = values.numel();

    /// <summary>Smallest and largest value, of the tensor or of each channel.</summary>
    /// <exception cref="Graphs.BitAnnealException">The tensor holds NaN or infinity.</exception>
    public ClipRange[] MinMax(bool byChannel) => byChannel
        ? perChannel ??= Quantizers.MinMax.OfChannels(values, Site)
        : perTensor ??= [Rectifier.Of(known is { } range ? Quantizers.MinMax.Finite(range, Site) : Quantizers.MinMax.Of(values, Site))];

    /// <summary>Sums over the absolute values, of the tensor or of each channel.</summary>
    /// <exception cref="Graphs.BitAnnealException">The tensor holds NaN or infinity.</exception>
    public AbsoluteMoments[] Moments(bool byChannel)
    {
        moments ??= AbsoluteMoments.OfChannels(values, Site);
        return byChannel ? moments : [AbsoluteMoments.Sum(moments)];
    }

    /// <summary>The mean of the absolute values above a threshold, of the tensor or of each channel; 0 where there are none.</summary>
    /// <param name="thresholds">One, or one per channel.</param>
    public double[] MeanAbove(double[] thresholds) => AbsoluteMoments.MeanAbove(values, thresholds);

    /// <summary>The range of this pass.</summary>
    internal ClipRange[] Of(QuantizerRange range)
    {
        if (!ranges.TryGetValue(range, out var found))
        {
            ranges[range] = found = range.Observe(this);
        }

        return found;
    }
}
