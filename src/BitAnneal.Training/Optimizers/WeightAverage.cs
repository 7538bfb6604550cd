using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Optimizers;

/// <summary>
/// An exponential moving average of weights, clips and batch statistics: s ← d·s + (1 − d)·w after every step. Attention is not averaged:
/// its last value decides what has settled.
/// </summary>
public sealed class WeightAverage : IDisposable
{
    private readonly (string Name, Tensor Value, Tensor Average)[] entries;
    private readonly double decay;

    /// <summary>Starts at the present values.</summary>
    /// <param name="module">The network that is averaged.</param>
    /// <param name="decay">d in (0, 1).</param>
    public WeightAverage(GraphModule module, double decay)
    {
        this.decay = decay;
        using var scope = NewDisposeScope();
        entries = [.. module.Trainables.Where(t => t.Kind != TrainableKind.Attention).Select(t => (t.Name, t.Value)).Concat(module.Buffers.Select(b => (b.Key, b.Value)))
            .Select(t => (t.Item1, t.Item2, t.Item2.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The averages by tensor name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Averages => entries.Select(e => KeyValuePair.Create(e.Name, e.Average));

    /// <summary>Takes the present values in.</summary>
    public void Update()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (_, value, average) in entries)
        {
            average.TimesInPlace(decay);
            average.PlusInPlace(value, 1 - decay);
        }
    }

    /// <summary>Exchanges values and averages; doing it twice restores both.</summary>
    public void Exchange()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (_, value, average) in entries)
        {
            var kept = value.detach().clone();
            value.detach().copy_(average);
            average.copy_(kept);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, average) in entries)
        {
            average.Dispose();
        }
    }
}
