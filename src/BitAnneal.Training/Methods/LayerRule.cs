using System.Collections.Immutable;
using System.IO.Enumeration;
using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Methods;

/// <summary>An exception from a plan for layers of certain names.</summary>
/// <param name="Layers">Name of a layer, or a pattern in which <c>*</c> and <c>?</c> stand for other letters: <c>layer1.*</c>.</param>
/// <param name="Weights">Quantizers of their weights; default: what the plan says.</param>
/// <param name="Activations">Quantizers of their inputs; default: what the plan says.</param>
public sealed record LayerRule(string Layers, ImmutableArray<QuantizerSpec> Weights = default, ImmutableArray<QuantizerSpec> Activations = default)
{
    /// <summary>Layers that stay float32.</summary>
    public static LayerRule FullPrecision(string layers) => new(layers, [QuantizerSpec.FullPrecision], [QuantizerSpec.FullPrecision]);

    /// <summary>Whether the rule speaks of a layer.</summary>
    public bool Fits(string layer) => FileSystemName.MatchesSimpleExpression(Layers, layer, ignoreCase: false);

    /// <inheritdoc/>
    public override string ToString() => $"{Layers}: weights {List(Weights)}, activations {List(Activations)}";

    private static string List(ImmutableArray<QuantizerSpec> specs) => specs.IsDefault ? "as planned" : string.Join(' ', specs);
}
