using System.Collections.Immutable;
using System.Globalization;

namespace BitAnneal.Training.Quantizers;

/// <summary>A kind of quantizer.</summary>
/// <param name="Name">Short name, as run files write it.</param>
/// <param name="Description">One line.</param>
/// <param name="Options">Options that it understands; <c>NUMBER</c> stands for any number between 0 and 1.</param>
/// <param name="Weight">Builds a quantizer of a weight; null where the family has none.</param>
/// <param name="Activation">Builds a quantizer of an activation; null where the family has none.</param>
/// <param name="FixedBits">The only width that the family has; null where it is free.</param>
public sealed record QuantizerFamily(
    string Name, string Description, ImmutableArray<string> Options, QuantizerBuilder? Weight, QuantizerBuilder? Activation, int? FixedBits = null)
{
    /// <summary>Whether an option is understood.</summary>
    public bool HasOption(string option) => Options.Contains(option) || (Options.Contains("NUMBER") && NumberOf(option) is not null);

    /// <summary>The number that an option is, or null.</summary>
    internal static double? NumberOf(string option) =>
        double.TryParse(option, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1 ? value : null;
}

/// <summary>Builds one quantizer.</summary>
/// <param name="request">Where, which variant, and ranges to share with the other quantizers of a mixture.</param>
public delegate UniformQuantizer QuantizerBuilder(QuantizerRequest request);
