using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>Plans the layers that a family of kernels over packed codes serves, each with the nodes behind it.</summary>
internal sealed class RunPlanner
{
    private readonly Graph graph;
    private readonly RunFamilies families;
    private readonly Dictionary<string, (LayerView View, RunFamily Family)> layers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LayerView> depthwise = new(StringComparer.Ordinal);
    private readonly HashSet<string> packedDepthwise = new(StringComparer.Ordinal); // those of them that read packed bytes
    private readonly Dictionary<string, FusedChain> chains = new(StringComparer.Ordinal); // by their last node
    private readonly HashSet<string> fused = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, PackedLayout), PackedSlot> repacked = [];

    public RunPlanner(Graph graph, RunFamilies families)
    {
        (this.graph, this.families) = (graph, families);
        foreach (var node in graph.Nodes)
        {
            if (LayerView.Of(graph, node) is { } view && FamilyOf(view) is { } family)
            {
                layers.Add(node.Name, (view, family));
            }
        }

        foreach (var chain in FusedChain.Find(graph, layers.Values.OrderByDescending(l => l.View.Weight.Shape.ElementCount).Select(l => l.View.Node)))
        {
            Add(chain);
        }

        foreach (var view in graph.Nodes.Where(n => !layers.ContainsKey(n.Name)).Select(n => LayerView.Of(graph, n)).OfType<LayerView>().Where(IsDepthwise))
        {
            if (FusedChain.Find(graph, [view.Node]).Single() is { Shortcut: null, NeedsReals: false, Quantizers: [_] } chain)
            {
                depthwise.Add(view.Node.Name, view);
                if (families.PacksDepthwise(view) && Suits(view, chain))
                {
                    packedDepthwise.Add(view.Node.Name);
                }

                Add(chain);
            }
        }
    }

    private void Add(FusedChain chain)
    {
        chains.Add(chain.Last.Name, chain);
        fused.UnionWith(Members(chain).Concat(chain.Quantizers.Select(q => q.Name)));
    }

    private bool IsDepthwise(LayerView view) => DepthwiseConvolution.Serves(view.Operator, view.Weight, graph.ShapeOf(view.Node.Inputs[0]));

    /// <summary>The chain whose step takes the place of this node, or null.</summary>
    public FusedChain? ChainThatEndsAt(string node) => chains.GetValueOrDefault(node);

    /// <summary>Whether the node is carried out by the step of a chain.</summary>
    public bool IsFused(string node) => fused.Contains(node);

    /// <summary>The steps of a chain.</summary>
    /// <param name="chain">One of this graph.</param>
    /// <param name="values">Slots by name; gains those that the chain writes.</param>
    /// <param name="shortcut">Slot of the value that is added, or null.</param>
    public IEnumerable<Step> Plan(FusedChain chain, Dictionary<string, Slot> values, Slot? shortcut)
    {
        if (depthwise.TryGetValue(chain.Layer.Name, out var separate))
        {
            foreach (var step in PlanDepthwise(chain, separate, values))
            {
                yield return step;
            }

            yield break;
        }

        var (view, family) = layers[chain.Layer.Name];
        string inputName = chain.Layer.Inputs[0];
        var input = Packed(inputName, values[inputName], family.Layout, out var repack);
        if (repack is not null)
        {
            yield return repack;
        }

        var output = new Slot(graph.ShapeOf(chain.Layer.Name), null);
        var geometry = new ConvolutionGeometry(view.Operator, input, output);
        bool hasPlanes = family is { Layout: ByteLayout, WeightBias: 0 } && PlaneConvolution.Serves(view, graph.ShapeOf(inputName), families.Set);
        int weightBias = hasPlanes ? PlaneConvolution.WeightBias : family.WeightBias;
        var constants = new LayerConstants(view.Weight, Bias(chain.Layer), geometry, view.Input, weightBias, family.InputBias);

        var reals = chain.NeedsReals ? new Slot(graph.ShapeOf(chain.Last.Name), null) : null;
        CodeTarget[] targets = [.. chain.Quantizers.Select(q => new CodeTarget(CodesOf(q)))];
        foreach (var (quantizer, target) in chain.Quantizers.Zip(targets))
        {
            values[quantizer.Name] = target.Slot;
        }

        if (reals is not null)
        {
            values[chain.Last.Name] = reals;
        }

        double taps = view.Weight.Shape.ElementCount / view.Weight.Shape[0];
        double largestWindow = taps * (view.Input.LevelCount - 1);
        double[] largestSums = CodePositions.LargestSums(view.Weight, view.Input, weightBias, family.InputBias);
        var epilogue = (reals, shortcut, targets) is (null, null, [var only]) && new CodePositions(constants, only.Grid, chain.Rectifier, largestSums, largestWindow, isFixed: true) is { IsUseful: true } positions
            ? new CodeEpilogue(constants, geometry, only, positions)
            : (Epilogue)new RealEpilogue(constants, geometry, shortcut, chain.Rectifier, reals, targets);
        Slot[] results = [.. reals is null ? Array.Empty<Slot>() : [reals], .. targets.Select(t => t.Slot)];
        Slot[] reads = shortcut is null ? [input] : [input, shortcut];
        bool needsWindowSums = view.Weight.Grid.MinCode + weightBias != 0 || view.Weight.Grid.Offsets.Any(o => o != 0);
        if (hasPlanes)
        {
            yield return new PlaneConvolution(chain.Layer.Name, results, reads, geometry, output, view.Weight, epilogue, needsWindowSums);
            yield break;
        }

        yield return new RunConvolution(chain.Layer.Name, results, reads, geometry, output, view.Weight, family,
            epilogue, needsWindowSums);
    }

    private IEnumerable<Step> PlanDepthwise(FusedChain chain, LayerView view, Dictionary<string, Slot> values)
    {
        string inputName = chain.Layer.Inputs[0];
        var input = values[inputName];
        Step? repack = null;
        if (LayoutFor(chain.Layer) is { } layout)
        {
            input = Packed(inputName, input, layout, out repack);
        }

        if (repack is not null)
        {
            yield return repack;
        }

        var target = new CodeTarget(CodesOf(chain.Quantizers[0]));
        values[chain.Quantizers[0].Name] = target.Slot;
        var geometry = new ConvolutionGeometry(view.Operator, input, new Slot(graph.ShapeOf(chain.Layer.Name), null));
        yield return input is PackedSlot packed
            ? new PackedDepthwise(chain.Layer.Name, target, packed, geometry, view.Weight, Bias(chain.Layer), chain.Rectifier)
            : new DepthwiseConvolution(chain.Layer.Name, target, input, geometry, view.Weight, Bias(chain.Layer), chain.Rectifier);
    }

    private bool Suits(LayerView view, FusedChain chain)
    {
        Slot input = new(graph.ShapeOf(view.Node.Inputs[0]), null), output = new(graph.ShapeOf(view.Node.Name), null);
        return PackedDepthwise.Suits(view, Bias(view.Node), new ConvolutionGeometry(view.Operator, input, output), ((Quantize)chain.Quantizers[0].Operator).Grid!, chain.Rectifier);
    }

    /// <summary>How a node wants its input packed; null for 16-bit codes or reals.</summary>
    private PackedLayout? LayoutFor(Node node) => layers.TryGetValue(node.Name, out var layer) ? layer.Family.Layout
        : packedDepthwise.Contains(node.Name) ? ByteLayout.Instance
        : null;

    private float[]? Bias(Node layer) => graph.Parameters.TryGetValue(layer.Parameter("bias"), out var bias) ? bias.ToFloats() : null;

    private RunFamily? FamilyOf(LayerView view)
    {
        var op = view.Operator;
        int outputs = view.Weight.Shape[0], taps = view.Weight.ChannelStride;
        bool isVector = op.Kernel == 1 && op.Padding == 0 && graph.ShapeOf(view.Node.Inputs[0]).ElementCount == taps;
        bool fits = (long)taps * Magnitude(view.Weight.Grid) * Magnitude(view.Input) <= int.MaxValue; // A, see ChannelTerms.
        return !fits || (op.Groups > 1 && IsDepthwise(view)) ? null
            : isVector && families.FindVector(view.Weight.Grid, view.Input, outputs) is { } vector ? vector.Holds(view.Weight) ? vector : null
            : families.Find(view.Weight, view.Input, new ChannelGroups(view.Weight.Shape[1] * op.Groups, outputs, op.Groups));

        static int Magnitude(Grid grid) => Math.Max(Math.Abs(grid.MinCode), Math.Abs(grid.MaxCode));
    }

    /// <summary>A slot for the codes of a quantizer: packed if all its readers want the same packing.</summary>
    public Slot CodesOf(Node quantizer)
    {
        var (shape, grid) = (graph.ShapeOf(quantizer.Name), ((Quantize)quantizer.Operator).Grid!);
        PackedLayout?[] wanted = [.. graph.ConsumersOf(quantizer.Name).Select(LayoutFor).Distinct()];
        return wanted is [{ } layout] ? new PackedSlot(shape, grid, layout, BorderOf(quantizer.Name, layout)) : new Slot(shape, grid);
    }

    private PackedSlot Packed(string name, Slot slot, PackedLayout layout, out Step? repack)
    {
        repack = null;
        if (slot is PackedSlot packed)
        {
            return packed;
        }

        if (!repacked.TryGetValue((name, layout), out var result))
        {
            result = new PackedSlot(graph.ShapeOf(name), slot.Grid!, layout, BorderOf(name, layout));
            repacked.Add((name, layout), result);
            repack = new Repack(name, result, slot);
        }

        return result;
    }

    private Border BorderOf(string value, PackedLayout layout) => graph.ConsumersOf(value)
        .Where(r => LayoutFor(r) == layout)
        .Select(r => r.Operator is Conv2d op ? Border.Of(op, graph.ShapeOf(value), graph.ShapeOf(r.Name)) : default)
        .Aggregate(default(Border), (a, b) => a.Union(b));

    private IEnumerable<string> Members(FusedChain chain)
    {
        for (var node = chain.Layer; ; node = graph.ConsumersOf(node.Name).Single())
        {
            yield return node.Name;
            if (node.Name == chain.Last.Name)
            {
                yield break;
            }
        }
    }
}
