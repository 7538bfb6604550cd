using System.Diagnostics.CodeAnalysis;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training;

/// <summary>A graph that runs under autograd, with quantizers where a method has put them.</summary>
/// <remarks>
/// Input: a float32 batch N × C × H × W (or N × F), already normalised as the graph's input grid says. Output: a float32 batch of the
/// graph's output shape. The module owns its parameters, statistics and quantizers and frees them when disposed.
/// </remarks>
public sealed class GraphModule : nn.Module<Tensor, Tensor>
{
    private readonly Dictionary<string, Tensor> weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Tensor> statistics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Quantizer> quantizers;
    private readonly ExecutionPlan.Step[] steps;
    private readonly Dictionary<string, int> lastUse;
    private readonly OperatorExecutor executor;

    /// <summary>Builds the module.</summary>
    /// <param name="graph">Float or frozen. Every <see cref="Quantize"/> node without a grid needs a quantizer of its name.</param>
    /// <param name="quantizers">Quantizers by the name of the parameter or of the <see cref="Quantize"/> node. The module takes them over.</param>
    /// <param name="device">Where to run.</param>
    /// <exception cref="GraphException">A marker has no quantizer, or a quantizer no place.</exception>
    public GraphModule(Graph graph, IEnumerable<Quantizer> quantizers, Device device) : base(graph.Name)
    {
        Graph = graph;
        Device = device;
        this.quantizers = quantizers.ToDictionary(q => q.Site, StringComparer.Ordinal);
        CheckSites();
        using (NewDisposeScope())
        {
            foreach (var node in graph.Nodes)
            {
                foreach (var spec in graph.ParametersOf(node))
                {
                    Adopt(node.Parameter(spec.Role), spec.Kind);
                }
            }
        }

        steps = ExecutionPlan.Of(graph);
        lastUse = ExecutionPlan.LastUses(steps);
        executor = new OperatorExecutor(this);
    }

    /// <summary>The network that runs.</summary>
    public Graph Graph { get; }

    /// <summary>Where it runs.</summary>
    public Device Device { get; }

    /// <summary>The quantizers in the order of the graph's nodes.</summary>
    public IEnumerable<Quantizer> Quantizers => quantizers.Values;

    /// <summary>Share of the newest batch in the running statistics of batch normalisation; null for what each node says.</summary>
    public double? BatchNormMomentum { get; set; }

    /// <summary>Number format of convolutions and linear layers while training.</summary>
    public ComputeType ComputeType { get; set; } = ComputeType.Full;

    /// <summary>Uses Q₁ alone in every quantizer, as the frozen network does.</summary>
    public bool Collapsed
    {
        get => quantizers.Count > 0 && quantizers.Values.All(q => q.Collapsed);
        set
        {
            foreach (var quantizer in quantizers.Values)
            {
                quantizer.Collapsed = value;
            }
        }
    }

    /// <summary>Everything that the optimiser moves.</summary>
    public IEnumerable<TrainableTensor> Trainables
    {
        get
        {
            foreach (var node in Graph.Nodes)
            {
                foreach (var spec in Graph.ParametersOf(node))
                {
                    string name = node.Parameter(spec.Role);
                    if (weights.TryGetValue(name, out var parameter))
                    {
                        yield return new TrainableTensor(name, parameter, spec.Kind == ParameterKind.Weight ? TrainableKind.Weight : TrainableKind.Other);
                    }
                }
            }

            foreach (var quantizer in quantizers.Values)
            {
                foreach (var (role, parameter) in quantizer.Parameters)
                {
                    yield return new TrainableTensor($"{quantizer.Site}/{role}", parameter, role switch { "clip" => TrainableKind.Clip, "alpha" => TrainableKind.Attention, _ => TrainableKind.Other });
                }
            }
        }
    }

    /// <summary>Running statistics of batch normalisation, by full parameter name.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Buffers => statistics;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, Tensor>(Graph.Nodes.Length, StringComparer.Ordinal);
        for (int i = 0; i < steps.Length; i++)
        {
            var (node, names) = (steps[i].Node, steps[i].Inputs);
            Tensor[] inputs = [.. names.Select(n => values[n])];
            if (steps[i].Site is { } site)
            {
                var (quantized, value) = executor.Quantize(steps[i], inputs);
                values[site] = quantized;
                if (value is not null)
                {
                    values[node.Name] = value;
                }
            }
            else
            {
                values[node.Name] = node.Operator is Input ? input.alias() : executor.Execute(node, inputs);
            }

            foreach (string name in names)
            {
                if (lastUse[name] == i && values.Remove(name, out var dead))
                {
                    dead.Dispose(); // Autograd keeps what it needs itself.
                }
            }
        }

        return values[Graph.Output.Name].MoveToOuterDisposeScope();
    }

    /// <summary>The graph with the present float weights and running statistics.</summary>
    public Graph ToGraph() => Graph.WithParameters(weights.Concat(statistics)
        .Where(p => Graph.Parameters[p.Key] is FloatTensor)
        .Select(p => KeyValuePair.Create(p.Key, (GraphTensor)new FloatTensor(Graph.Parameters[p.Key].Shape, TensorMemory.ToFloats(p.Value)))));

    /// <summary>The latent float values of a parameter or buffer.</summary>
    public Tensor Latent(string name) => weights.TryGetValue(name, out var weight) ? weight : statistics[name];

    /// <summary>The quantizer of a parameter or marker.</summary>
    public bool TryGetQuantizer(string site, [NotNullWhen(true)] out Quantizer? quantizer) => quantizers.TryGetValue(site, out quantizer);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var tensor in weights.Values.Concat(statistics.Values))
            {
                tensor.Dispose();
            }

            foreach (var quantizer in quantizers.Values)
            {
                quantizer.Dispose();
            }

            executor.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A parameter as the forward pass uses it: quantized where a quantizer sits.</summary>
    internal Tensor Effective(string name)
    {
        var latent = Latent(name);
        if (!quantizers.TryGetValue(name, out var quantizer))
        {
            return latent;
        }

        return !training && quantizer.Collapsed && !quantizer.Target.IsFloat
            ? TensorMemory.FromFloats(quantizer.Freeze(latent).ToFloats(), Graph.Parameters[name].Shape, Device) // Bit for bit what is exported.
            : quantizer.Apply(latent, training);
    }

    private void Adopt(string name, ParameterKind kind)
    {
        var source = Graph.Parameters[name];
        var value = TensorMemory.FromFloats(source.ToFloats(), source.Shape, Device);
        if (source is FloatTensor && kind is not (ParameterKind.RunningMean or ParameterKind.RunningVariance))
        {
            // A plain tensor: nn.Parameter counts every tensor twice in TorchSharp's own count of live ones.
            weights.Add(name, value.requires_grad_().DetachFromDisposeScope());
        }
        else
        {
            statistics.Add(name, value.DetachFromDisposeScope());
        }
    }

    private void CheckSites()
    {
        foreach (var node in Graph.Nodes.Where(n => n.Operator is Quantize { Grid: null } && !quantizers.ContainsKey(n.Name)))
        {
            throw new GraphException(node.Name, "is a place for a quantizer, but none was given");
        }

        foreach (string site in quantizers.Keys)
        {
            bool known = Graph.Parameters.TryGetValue(site, out var parameter) ? parameter is FloatTensor : Graph.Contains(site) && Graph[site].Operator is Quantize { Grid: null };
            if (!known)
            {
                throw new GraphException(site, "was given a quantizer, but is neither a float parameter nor an open Quantize node");
            }
        }
    }
}
