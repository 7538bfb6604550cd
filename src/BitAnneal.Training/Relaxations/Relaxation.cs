using BitAnneal.Training.Quantizers;
using static TorchSharp.torch;

namespace BitAnneal.Training.Relaxations;

/// <summary>A quantizer made of quantizers Q₁ … Q_K, plus a rule by which all but Q₁ let go over time.</summary>
public abstract class Relaxation : Quantizer
{
    /// <summary>Mixes quantizers of one tensor.</summary>
    /// <param name="site">Name of the parameter or graph value that is quantized.</param>
    /// <param name="partners">Q₁ (the one that is deployed) … Q_K, in rising bit width.</param>
    /// <exception cref="ArgumentException">Fewer than two partners, or widths that do not rise.</exception>
    protected Relaxation(string site, IReadOnlyList<UniformQuantizer> partners) : base(site)
    {
        if (partners.Count < 2 || partners.Zip(partners.Skip(1)).Any(p => p.First.Bits >= p.Second.Bits))
        {
            throw new ArgumentException(
                $"a relaxation of '{site}' needs at least two bit widths in rising order, not {string.Join(',', partners.Select(p => p.Bits))}");
        }

        Partners = partners;
        Ranges = [.. partners.Where(p => !p.IsFloat).Select(p => p.Range).Distinct()];
    }

    /// <summary>Q₁ … Q_K.</summary>
    public IReadOnlyList<UniformQuantizer> Partners { get; }

    /// <inheritdoc/>
    public override UniformQuantizer Target => Partners[0];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Role, Tensor Value)> Parameters => [.. Ranges.SelectMany(r => r.Parameters)];

    /// <inheritdoc/>
    public override IReadOnlyList<QuantizerRange> Ranges { get; }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x, bool training) =>
        Collapsed ? Target.Apply(x, training) : Mixture.Apply(x, MixingWeights(), Partners, training, Site);

    /// <inheritdoc/>
    public override (Tensor Quantized, Tensor? Value) ApplyFused(in QuantizerInput input, bool training) =>
        Collapsed ? Target.ApplyFused(input, training) : Mixture.ApplyFused(input, MixingWeights(), Partners, training, Site);

    /// <summary>Whether the mixing weights follow a schedule alone, so that nothing about them is learned.</summary>
    public virtual bool IsScheduled => true;

    /// <summary>The present mixing weights as numbers; they sum to 1.</summary>
    public abstract IReadOnlyList<double> CurrentWeights { get; }

    /// <summary>The mixing weights of this pass: K float32 values, connected to whatever learns them.</summary>
    protected abstract Tensor MixingWeights();
}
