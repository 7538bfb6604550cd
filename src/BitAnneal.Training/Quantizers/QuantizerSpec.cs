using System.Collections.Immutable;
using System.Globalization;
using BitAnneal.Graphs;

namespace BitAnneal.Training.Quantizers;

/// <summary>A quantizer by its name, as run files write it: family, width, options; for example <c>minmax2</c>, <c>sawb4:channel</c>, <c>twn:0.7</c>, <c>float</c>.</summary>
/// <param name="Family">Which kind, a key of <see cref="QuantizerRegistry"/>.</param>
/// <param name="Bits">Width of the codes, 1 to 8, or 32 for float.</param>
/// <param name="Options">Variants of the family, in the order in which they were written.</param>
public sealed record QuantizerSpec(string Family, int Bits, ImmutableArray<string> Options)
{
    /// <summary>The identity.</summary>
    public static QuantizerSpec FullPrecision { get; } = new("float", UniformQuantizer.FloatBits, []);

    /// <summary>Reads the text form.</summary>
    /// <exception cref="BitAnnealException">There is no such family, width or option; the message names the nearest.</exception>
    public static QuantizerSpec Parse(string text)
    {
        string[] parts = text.Split(':');
        string name = parts[0].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'), digits = parts[0][name.Length..];
        var family = QuantizerRegistry.Find(name, text);
        int bits = digits.Length == 0 ? family.FixedBits ?? 0 : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 0;
        if (family.FixedBits is { } only ? bits != only : bits is < 1 or > Grid.MaxBits)
        {
            throw new BitAnnealException($"quantizer '{text}': {(family.FixedBits is { } width ? $"{name} has always {width} bits" : $"the width must be 1..{Grid.MaxBits}, as in '{name}2'")}");
        }

        string? unknown = Array.Find(parts[1..], o => !family.HasOption(o));
        return unknown is null
            ? new QuantizerSpec(name, bits, [.. parts[1..]])
            : throw new BitAnnealException($"quantizer '{text}': unknown option '{unknown}'{NearestName.Hint(unknown, family.Options)} (known: {string.Join(", ", family.Options)})");
    }

    /// <summary>Min-max quantizers of n, 2n and 8 bits, as far as they differ and stay within 8: the usual mixture of an n-bit target.</summary>
    /// <example>2 gives minmax2, minmax4, minmax8; 8 gives minmax8 alone; 32 gives float.</example>
    /// <param name="family">Family of all of them.</param>
    /// <param name="bits">n: 1 to 8, or 32 for float.</param>
    public static ImmutableArray<QuantizerSpec> Mixture(string family, int bits) => bits == UniformQuantizer.FloatBits
        ? [FullPrecision]
        : [.. new[] { bits, Math.Min(2 * bits, Grid.MaxBits), Grid.MaxBits }.Distinct().Select(n => new QuantizerSpec(family, n, []))];

    /// <inheritdoc/>
    public bool Equals(QuantizerSpec? other) => other is not null && Family == other.Family && Bits == other.Bits && Options.AsSpan().SequenceEqual(other.Options.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Family, Bits, Options.Length);

    /// <summary>The text form.</summary>
    public override string ToString() =>
        string.Join(':', [QuantizerRegistry.Find(Family, Family).FixedBits is null ? string.Create(CultureInfo.InvariantCulture, $"{Family}{Bits}") : Family, .. Options]);
}
