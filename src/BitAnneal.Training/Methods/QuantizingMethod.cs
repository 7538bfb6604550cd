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

    /// <summary>Which tensors are quantized, and how wide.</summary>
    public QuantizationPlan Plan { get; } = plan;

    /// <summary>The tensors found by <see cref="Prepare"/>.</summary>
    protected ImmutableArray<QuantizationSite> Sites { get; private set; } = [];

    /// <inheritdoc/>
    /// <exception cref="BitAnnealException">The plan has faults, or names a layer that the graph lacks.</exception>
    public GraphModule Prepare(Graph graph, Device device)
    {
        Check(graph);
        bool IsQuantized(Node node) => node.Operator is Conv2d or Linear && !Plan.FloatLayers.Contains(node.Name);
        var marked = Plan.ActivationBits == QuantizationPlan.FloatBits ? graph : WithInputGrid(InsertQuantizers.Apply(graph, IsQuantized));
        Sites = [.. FindSites(marked, IsQuantized)];
        Quantizer[] quantizers = [.. Sites.Select(site => CreateQuantizer(site, CreateRange(site, device), device))];
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

    /// <summary>The quantizer of one tensor.</summary>
    /// <param name="site">The tensor.</param>
    /// <param name="range">Its range, to be shared by all partners of a mixture.</param>
    /// <param name="device">Where learned parts live.</param>
    protected abstract Quantizer CreateQuantizer(QuantizationSite site, QuantizerRange range, Device device);

    private QuantizerRange CreateRange(QuantizationSite site, Device device) => (site.Kind, Plan.ActivationRange) switch
    {
        (SiteKind.Weight, _) => new MinMaxRange(),
        (_, ActivationRange.Pact) => new PactRange(Plan.InitialClip, device),
        _ => new RunningMinMaxRange(),
    };

    private void Check(Graph graph)
    {
        string[] faults = [.. Plan.Faults(graph)];
        if (faults.Length > 0)
        {
            throw new BitAnnealException(string.Join("; ", faults));
        }
    }

    private IEnumerable<QuantizationSite> FindSites(Graph graph, Func<Node, bool> isQuantized)
    {
        foreach (var node in graph.Nodes)
        {
            if (isQuantized(node) && Plan.WeightBits != QuantizationPlan.FloatBits)
            {
                string weight = node.Parameter("weight");
                yield return new QuantizationSite(weight, SiteKind.Weight, graph.Parameters[weight].Shape.ElementCount, Plan.WeightBits);
            }
            else if (node.Operator is Quantize { Grid: null })
            {
                yield return new QuantizationSite(node.Name, SiteKind.Activation, graph.ShapeOf(node.Name).ElementCount, Plan.ActivationBits);
            }
        }
    }

    /// <summary>A byte image reaches the first layer on one 8-bit grid that spans what the bytes can mean: nothing is to be learned there.</summary>
    private static Graph WithInputGrid(Graph graph)
    {
        if (graph.Input.Operator is not Input { Grid: { } grid })
        {
            return graph;
        }

        var channels = Enumerable.Range(0, grid.Scales.Length);
        var range = new ClipRange(channels.Min(c => grid.Dequantize(grid.MinCode, c)), channels.Max(c => grid.Dequantize(grid.MaxCode, c)));
        var shared = Grid.Uniform(Grid.MaxBits, range.Step(Grid.MaxBits), range.Min);
        return new Graph(
            graph.Name,
            graph.Nodes.Select(n => n.Operator is Quantize { Grid: null } && n.Inputs[0] == graph.Input.Name ? n with { Operator = new Quantize(shared) } : n),
            graph.Parameters);
    }
}
