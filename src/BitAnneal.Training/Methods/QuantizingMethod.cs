using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Training.Quantizers;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods;

/// <summary>A method that quantizes the weights and inputs of convolutions and linear layers, each tensor by one <see cref="Quantizer"/>.</summary>
/// <param name="plan">Which tensors, and how wide.</param>
public abstract class QuantizingMethod(QuantizationPlan plan) : IMethod
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string Fingerprint => $"{Name} {Plan}";

    /// <summary>Which tensors are quantized, and how wide.</summary>
    public QuantizationPlan Plan { get; } = plan;

    /// <inheritdoc/>
    /// <exception cref="BitAnnealException">The plan has faults, or names a layer that the graph lacks.</exception>
    public GraphModule Prepare(Graph graph, Device device)
    {
        string[] faults = [.. Plan.Faults(graph)];
        if (faults.Length > 0)
        {
            throw new BitAnnealException(string.Join("; ", faults));
        }

        Begin();

        // Layers that read one value and quantize it alike share the quantizer.
        var inputs = QuantizationPlan.Layers(graph).ToDictionary(l => l.Name, l => Plan.For(graph, l).Activations, StringComparer.Ordinal);
        string? KeyOf(Node node) => inputs.TryGetValue(node.Name, out var specs) && specs is not [{ Bits: UniformQuantizer.FloatBits }] ? string.Join(' ', specs) : null;
        var marked = SpanInputGrid.Apply(InsertQuantizers.Apply(graph, KeyOf));
        Quantizer[] quantizers = [.. FindSites(marked, inputs)
            .Select(site => CreateQuantizer(site, QuantizerRegistry.Create(site, site.Quantizers, Plan.InitialClip, device), device))];
        return new GraphModule(marked, quantizers, device);
    }

    /// <inheritdoc/>
    public virtual void BeforeStep(StepPosition position)
    {
    }

    /// <inheritdoc/>
    public virtual Tensor? Penalty() => null;

    /// <inheritdoc/>
    public virtual void AfterStep(StepPosition position)
    {
    }

    /// <inheritdoc/>
    public virtual void Finish(StepPosition last)
    {
    }

    /// <inheritdoc/>
    public virtual IEnumerable<KeyValuePair<string, double>> Metrics() => [];

    /// <summary>Before the first quantizer of a training: forgets what belongs to an earlier one.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>The quantizer of one tensor.</summary>
    /// <param name="site">The tensor.</param>
    /// <param name="partners">Q₁ … Q_K as the plan names them.</param>
    /// <param name="device">Where learned parts live.</param>
    protected abstract Quantizer CreateQuantizer(QuantizationSite site, IReadOnlyList<UniformQuantizer> partners, Device device);

    private IEnumerable<QuantizationSite> FindSites(Graph graph, Dictionary<string, ImmutableArray<QuantizerSpec>> inputs)
    {
        foreach (var node in graph.Nodes)
        {
            if (node.Operator is Conv2d or Linear && Plan.For(graph, node).Weights is var weights and not [{ Bits: UniformQuantizer.FloatBits }])
            {
                string weight = node.Parameter("weight");
                yield return new QuantizationSite(weight, SiteKind.Weight, graph.Parameters[weight].Shape.ElementCount, weights, graph[node.Inputs[0]].Operator is Quantize ? node.Inputs[0] : null);
            }
            else if (node.Operator is Quantize { Grid: null })
            {
                yield return new QuantizationSite(node.Name, SiteKind.Activation, graph.ShapeOf(node.Name).ElementCount, inputs[graph.ConsumersOf(node.Name).First().Name]);
            }
        }
    }
}
