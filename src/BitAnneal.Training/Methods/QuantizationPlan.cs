using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Training.Quantizers;

namespace BitAnneal.Training.Methods;

/// <summary>Which tensors of a network are quantized, and by what.</summary>
/// <remarks>Where the first layer quantizes its input, the image enters at 8 bits; the logits leave as floats, whatever the plan says.</remarks>
public sealed record QuantizationPlan
{
    /// <summary>Quantizers Q₁ … Q_K of the weights of every convolution and linear layer. Q₁ is the one that is deployed.</summary>
    public ImmutableArray<QuantizerSpec> Weights { get; init; } = QuantizerSpec.Mixture("minmax", 2);

    /// <summary>Quantizers of the activations that enter those layers.</summary>
    public ImmutableArray<QuantizerSpec> Activations { get; init; } = QuantizerSpec.Mixture("minmax", 8);

    /// <summary>What the first and the last layer do.</summary>
    public EdgePolicy Edges { get; init; } = EdgePolicy.Same;

    /// <summary>Exceptions by layer name; the first that fits decides, before <see cref="Edges"/>.</summary>
    public ImmutableArray<LayerRule> Rules { get; init; } = [];

    /// <summary>Clip value α at the start of a PACT range, in units of the activation. The PACT code starts at 10, for 200 epochs.</summary>
    public float InitialClip { get; init; } = 3;

    /// <summary>The quantizers of one layer.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="layer">A convolution or linear layer of it.</param>
    public (ImmutableArray<QuantizerSpec> Weights, ImmutableArray<QuantizerSpec> Activations) For(Graph graph, Node layer)
    {
        if (Rules.FirstOrDefault(r => r.Fits(layer.Name)) is { } rule)
        {
            return (rule.Weights.IsDefault ? Weights : rule.Weights, rule.Activations.IsDefault ? Activations : rule.Activations);
        }

        bool isEdge = Edges != EdgePolicy.Same && (layer == Layers(graph).First() || layer == Layers(graph).Last());
        var edge = QuantizerSpec.Mixture("minmax", Edges == EdgePolicy.FullPrecision ? UniformQuantizer.FloatBits : Grid.MaxBits);
        return isEdge ? (edge, edge) : (Weights, Activations);
    }

    /// <summary>The layers that a plan speaks of, in order.</summary>
    public static IEnumerable<Node> Layers(Graph graph) => graph.Nodes.Where(n => n.Operator is Conv2d or Linear);

    /// <summary>Every fault of the plan alone, as text; empty when it is sound.</summary>
    public IEnumerable<string> Faults() =>
    [
        .. QuantizerRegistry.Faults(Weights, SiteKind.Weight), .. QuantizerRegistry.Faults(Activations, SiteKind.Activation),
        .. Rules.Where(r => !r.Weights.IsDefault).SelectMany(r => QuantizerRegistry.Faults(r.Weights, SiteKind.Weight).Select(f => $"layers '{r.Layers}': {f}")),
        .. Rules.Where(r => !r.Activations.IsDefault).SelectMany(r => QuantizerRegistry.Faults(r.Activations, SiteKind.Activation).Select(f => $"layers '{r.Layers}': {f}")),
        .. InitialClip > 0 ? Array.Empty<string>() : [$"the initial clip {InitialClip} is not positive"],
    ];

    /// <summary>Every fault of the plan for a network, as text; empty when it is sound.</summary>
    public IEnumerable<string> Faults(Graph graph) =>
    [
        .. Faults(),
        .. Rules.Where(r => !Layers(graph).Any(l => r.Fits(l.Name)))
            .Select(r => $"'{r.Layers}' fits no convolution or linear layer of {graph.Name}{NearestName.Hint(r.Layers, Layers(graph).Select(l => l.Name))}"),
    ];

    /// <summary>All of it on one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"weights {string.Join(' ', Weights)}, activations {string.Join(' ', Activations)}, edges {Edges}, clip {InitialClip}{string.Concat(Rules.Select(r => $", {r}"))}");
}
