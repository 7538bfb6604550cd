using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Training.Methods;
using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>All quantizers by name. A new one is one line here.</summary>
public static class QuantizerRegistry
{
    /// <summary>The families.</summary>
    public static ImmutableArray<QuantizerFamily> Families { get; } =
    [
        new("minmax", "evenly spaced between minimum and maximum; running average for activations", ["channel"],
            r => new UniformQuantizer(r.Site, r.Share(() => new MinMaxRange(r.Has("channel"))), r.Spec.Bits),
            r => new UniformQuantizer(r.Site, r.Share(() => new RunningMinMaxRange()), r.Spec.Bits, estimator: GradientEstimator.Clipped)),
        new("sawb", "statistics-aware weight binning; plus: gradient everywhere; zero: zero is a level", ["channel", "plus", "zero"], Sawb, null),
        new("bwn", "sign times mean|w|, per filter; scaled: the gradient of XNOR-Net; unit: gradient for |w| <= 1", ["tensor", "scaled", "unit"], Binary, null, FixedBits: 1),
        new("twn", "ternary by the threshold 0.75 mean|w| (or NUMBER), per filter", ["tensor", "NUMBER"], Ternary, null, FixedBits: 2),
        new("pact", "zero to a learned clip; plus: the clip follows the rounding too", ["plus"], null,
            r => new UniformQuantizer(r.Site, r.Share(() => new PactRange(r.InitialClip, r.Device, r.Has("plus"))), r.Spec.Bits, estimator: GradientEstimator.Clipped)),
        new("float", "float32", [],
            r => new UniformQuantizer(r.Site, new MinMaxRange(), r.Spec.Bits),
            r => new UniformQuantizer(r.Site, r.Shared.Values.FirstOrDefault(range => range.Clip is not null) ?? new MinMaxRange(), r.Spec.Bits), UniformQuantizer.FloatBits),
    ];

    /// <summary>A family by its name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What was written, for the message.</param>
    /// <exception cref="BitAnnealException">There is none; the message names the nearest.</exception>
    public static QuantizerFamily Find(string name, string text) => Families.FirstOrDefault(f => f.Name == name)
        ?? throw new BitAnnealException($"unknown quantizer '{text}'{NearestName.Hint(name, Families.Select(f => f.Name))} (known: {string.Join(", ", Families.Select(f => f.Name))})");

    /// <summary>The quantizers Q₁ … Q_K of one tensor.</summary>
    /// <param name="site">The tensor.</param>
    /// <param name="specs">Their names.</param>
    /// <param name="initialClip">Start value of a learned clip, in units of the activation.</param>
    /// <param name="device">Where learned parts live.</param>
    /// <exception cref="BitAnnealException">A family does not serve this kind of tensor.</exception>
    public static IReadOnlyList<UniformQuantizer> Create(QuantizationSite site, IEnumerable<QuantizerSpec> specs, float initialClip, Device device)
    {
        var shared = new Dictionary<string, QuantizerRange>(StringComparer.Ordinal);
        return [.. specs.Select(spec => Builder(spec, site.Kind)(new QuantizerRequest(site.Name, spec, initialClip, device, shared)))];
    }

    /// <summary>Every fault of a mixture, as text.</summary>
    /// <param name="specs">Q₁ … Q_K.</param>
    /// <param name="kind">What it is for.</param>
    public static IEnumerable<string> Faults(ImmutableArray<QuantizerSpec> specs, SiteKind kind)
    {
        string what = kind == SiteKind.Weight ? "weights" : "activations";
        if (specs.IsDefaultOrEmpty)
        {
            yield return $"no quantizer for {what}";
            yield break;
        }

        foreach (var spec in specs.Where(s => BuilderOf(s, kind) is null))
        {
            yield return $"the quantizer '{spec}' does not serve {what} (known: {string.Join(", ", Families.Where(f => (kind == SiteKind.Weight ? f.Weight : f.Activation) is not null).Select(f => f.Name))})";
        }

        foreach (var spec in specs.Where(s => s.Family == "sawb" && s.Bits == 1 && s.Options.Contains("zero")))
        {
            yield return $"the quantizer '{spec}' would have a single level; zero needs 2 bits or more";
        }

        // The clip of PACT is one for all: partners that know nothing of it would see clipped values, or leave it without a gradient.
        if (kind == SiteKind.Activation && specs.Any(s => s.Family == "pact") && specs.Any(s => s.Family != "float" && (s.Family != "pact" || !s.Options.SequenceEqual(specs[0].Options))))
        {
            yield return $"the mixture {string.Join(' ', specs)} joins PACT with other quantizers; use pact of the same options alone, or with float";
        }

        if (specs.Length > MixtureJob.MaxPartners || specs.Zip(specs.Skip(1)).Any(p => p.First.Bits >= p.Second.Bits))
        {
            yield return $"the mixture {string.Join(' ', specs)} for {what} must rise in width and have at most {MixtureJob.MaxPartners} members";
        }
    }

    private static QuantizerBuilder? BuilderOf(QuantizerSpec spec, SiteKind kind)
    {
        var family = Find(spec.Family, spec.Family);
        return kind == SiteKind.Weight ? family.Weight : family.Activation;
    }

    private static QuantizerBuilder Builder(QuantizerSpec spec, SiteKind kind) =>
        BuilderOf(spec, kind) ?? throw new BitAnnealException(string.Join("; ", Faults([spec], kind)));

    private static UniformQuantizer Sawb(QuantizerRequest r)
    {
        int levels = (1 << r.Spec.Bits) - (r.Has("zero") ? 1 : 0);
        return new UniformQuantizer(r.Site, new SawbRange(levels, r.Has("channel")), r.Spec.Bits,
            estimator: r.Has("plus") ? GradientEstimator.Identity : GradientEstimator.Clipped, levels: levels);
    }

    private static UniformQuantizer Binary(QuantizerRequest r) => new(r.Site, new BinaryRange(!r.Has("tensor")), 1,
        estimator: r.Has("scaled") ? GradientEstimator.ScaledSign : r.Has("unit") ? GradientEstimator.UnitInterval : GradientEstimator.Identity);

    private static UniformQuantizer Ternary(QuantizerRequest r)
    {
        double factor = r.Spec.Options.Select(QuantizerFamily.NumberOf).FirstOrDefault(n => n is not null) ?? 0.75;
        return new UniformQuantizer(r.Site, new TernaryRange(factor, !r.Has("tensor")), 2, levels: 3);
    }
}
