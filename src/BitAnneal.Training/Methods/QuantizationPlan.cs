using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Training.Methods;

/// <summary>Which tensors of a network are quantized, and how wide.</summary>
/// <remarks>The image enters at 8 bits and the logits leave as floats, whatever the plan says.</remarks>
public sealed record QuantizationPlan
{
    /// <summary>Width that stands for "left in float32".</summary>
    public const int FloatBits = Quantizers.UniformQuantizer.FloatBits;

    /// <summary>Width of the weights of every convolution and linear layer: 1 to 8, or 32.</summary>
    public int WeightBits { get; init; } = 2;

    /// <summary>Width of the activations that enter those layers: 1 to 8, or 32.</summary>
    public int ActivationBits { get; init; } = 8;

    /// <summary>How the range of an activation is found.</summary>
    public ActivationRange ActivationRange { get; init; } = ActivationRange.MinMax;

    /// <summary>Clip value α at the start of a PACT range, in units of the activation. The PACT code starts at 10, for 200 epochs.</summary>
    public float InitialClip { get; init; } = 3;

    /// <summary>Names of layers that keep float weights and float inputs.</summary>
    public ImmutableArray<string> FloatLayers { get; init; } = [];

    /// <summary>The widths that a relaxation mixes for an n-bit target: n, 2n and 8, as far as they differ and stay within 8.</summary>
    /// <example>2 gives 2, 4, 8; 4 gives 4, 8; 8 gives 8 alone, which needs no relaxation.</example>
    public static ImmutableArray<int> MixtureWidths(int bits) => bits == FloatBits
        ? [FloatBits]
        : [.. new[] { bits, Math.Min(2 * bits, Grid.MaxBits), Grid.MaxBits }.Distinct()];

    /// <summary>Every fault of the plan for a network, as text; empty when it is sound.</summary>
    public IEnumerable<string> Faults(Graph graph) =>
    [
        .. Faults(),
        .. FloatLayers.Where(name => !graph.Contains(name) || graph[name].Operator is not (Conv2d or Linear))
            .Select(name => $"'{name}' is no convolution or linear layer of {graph.Name}{NearestName.Hint(name, graph.Nodes.Where(n => n.Operator is Conv2d or Linear).Select(n => n.Name))}"),
    ];

    /// <summary>Every fault of the plan alone, as text; empty when it is sound.</summary>
    public IEnumerable<string> Faults()
    {
        foreach (var (what, bits) in (ReadOnlySpan<(string, int)>)[("weight", WeightBits), ("activation", ActivationBits)])
        {
            if (bits is not FloatBits and not (>= 1 and <= Grid.MaxBits))
            {
                return [$"{what} bit width {bits} is outside 1..{Grid.MaxBits} (or {FloatBits} for float)"];
            }
        }

        return [];
    }
}
