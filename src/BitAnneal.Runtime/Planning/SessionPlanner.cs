using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>Turns a graph into steps over slots.</summary>
internal sealed class SessionPlanner
{
    private readonly Graph graph;
    private readonly IntegerKernel kernel;
    private readonly RealKernel realKernel;
    private readonly RunPlanner runs;
    private readonly bool hasSubnormals;
    private readonly List<Step> steps = [];
    private Slot? input;
    private readonly Dictionary<string, Slot> values = new(StringComparer.Ordinal), reals = new(StringComparer.Ordinal);

    private SessionPlanner(Graph graph, KernelSet set)
    {
        (this.graph, hasSubnormals) = (graph, Subnormals.OccurIn(graph));
        var resolved = KernelFactory.Resolve(set);
        (kernel, realKernel) = (KernelFactory.Create(resolved), KernelFactory.CreateReal(resolved));
        runs = new RunPlanner(graph, new RunFamilies(KernelFactory.Requested(set)));
    }

    /// <summary>Plans a network.</summary>
    /// <exception cref="GraphException">A node cannot be run; the message names it and the reason.</exception>
    /// <param name="graph">Frozen.</param>
    /// <param name="set">Instruction set of the kernels.</param>
    public static SessionPlan Plan(Graph graph, KernelSet set)
    {
        PlanLimits.Check(graph);
        graph = RemoveDeadNodes.Apply(graph); // So that the output comes last and every layer has a reader.
        var planner = new SessionPlanner(graph, set);
        foreach (var node in graph.Nodes)
        {
            PlanLimits.Named(node, () => planner.Add(node));
        }

        var input = planner.input!;
        long bytes = ArenaLayout.Place(input, planner.steps);
        PlanLimits.CheckWorkingMemory(graph, planner.steps, bytes);
        foreach (var step in planner.steps)
        {
            step.Prepare(); // Tables by the pixel, only now.
        }

        return new SessionPlan(
            graph.Name, graph.InputShape, graph.OutputShape, [.. planner.steps], input, planner.values[graph.Output.Name], bytes, planner.steps.Max(s => s.ScratchBytes));
    }

    private void Add(Node node)
    {
        if (node.Operator is Input op)
        {
            AddInput(node, op);
            return;
        }

        if (runs.ChainThatEndsAt(node.Name) is { } chain)
        {
            steps.AddRange(runs.Plan(chain, values, chain.Shortcut is null ? null : Real(chain.Shortcut)));
            return;
        }

        bool isDone = values.ContainsKey(node.Name); // Written straight from the image.
        if (!isDone && !IsSlicedByPad(node) && !runs.IsFused(node.Name))
        {
            var output = new Slot(graph.ShapeOf(node.Name), graph.GridOf(node.Name));
            values[node.Name] = output;
            steps.Add(Create(node, output));
        }
    }

    /// <summary>Bytes go straight to what reads them where a step can do that, else to 16-bit codes first.</summary>
    private void AddInput(Node node, Input op)
    {
        if (op.Grid is null)
        {
            values[node.Name] = input = new Slot(op.Shape, null);
            return;
        }

        var image = new ImageSlot(op.Shape, op.Grid);
        input = image;
        Node[] readers = [.. graph.ConsumersOf(node.Name)];
        if (readers is [{ Operator: Quantize { Grid: not null } } quantizer] && runs.CodesOf(quantizer) is PackedSlot packed && PackImage.Serves(packed))
        {
            values[quantizer.Name] = packed;
            steps.Add(new PackImage(quantizer.Name, packed, image));
            return;
        }

        values[node.Name] = new Slot(op.Shape, op.Grid);
        steps.Add(new SpreadImage(node.Name, values[node.Name], image));
    }

    /// <summary>Whether a node is a slice that only a padding reads, as in the shortcuts of ResNet-20: one copy then does both.</summary>
    private bool IsSlicedByPad(Node node) => node.Operator is StridedSlice && graph.ConsumersOf(node.Name).ToArray() is [{ Operator: Pad }];

    private Step Create(Node node, Slot output)
    {
        switch (node.Operator)
        {
            case Quantize { Grid: null }:
                throw new GraphException(node.Name, "is an open Quantize node; freeze the graph first");
            case Quantize:
                var x = values[node.Inputs[0]];
                return x.IsCodes ? new Requantize(node.Name, output, x) : new QuantizeReals(node.Name, output, x);
            case Conv2d op:
                return Convolution(node, output, op, graph.Parameters[node.Parameter("weight")]);
            case Linear op:
                return Convolution(node, output, new Conv2d(op.OutputFeatures, 1), LayerView.AsImage(graph.Parameters[node.Parameter("weight")]));
            case BatchNorm op:
                var (factor, shift) = Normalise.Constants(Values(node, "weight"), Values(node, "bias"), Values(node, "running_mean"), Values(node, "running_var"), op.Epsilon);
                return new Normalise(node.Name, output, Real(node.Inputs[0]), factor, shift);
            case Relu:
                return new Rectify(node.Name, output, Real(node.Inputs[0]), float.PositiveInfinity);
            case Relu6:
                return new Rectify(node.Name, output, Real(node.Inputs[0]), 6);
            case Graphs.Operators.Add:
                return new AddReals(node.Name, output, Real(node.Inputs[0]), Real(node.Inputs[1]));
            case Concat:
                return new Place(node.Name, output, [.. node.Inputs.Select(n => output.IsCodes ? values[n] : Real(n))], 0, 0, 1);
            case MaxPool op:
                return new MaxPoolStep(node.Name, output, values[node.Inputs[0]], op);
            case AveragePool op:
                return new AveragePoolStep(node.Name, output, Real(node.Inputs[0]), op);
            case GlobalAveragePool:
                return AveragePoolStep.Global(node.Name, output, Real(node.Inputs[0]));
            case Flatten:
                return new FlattenImage(node.Name, output, output.IsCodes ? values[node.Inputs[0]] : Real(node.Inputs[0]));
            case Pad op:
                var source = graph[node.Inputs[0]];
                return IsSlicedByPad(source)
                    ? new Place(node.Name, output, [Real(source.Inputs[0])], op.ChannelsBefore, op.Before, ((StridedSlice)source.Operator).Step)
                    : new Place(node.Name, output, [Real(source.Name)], op.ChannelsBefore, op.Before, 1);
            case StridedSlice op:
                return new Place(node.Name, output, [values[node.Inputs[0]]], 0, 0, op.Step);
            case Output:
                return new Place(node.Name, output, [Real(node.Inputs[0])], 0, 0, 1);
            default:
                throw new GraphException(node.Name, $"has the operator {node.Operator.GetType().Name}, which the integer engine cannot run");
        }
    }

    private Step Convolution(Node node, Slot output, Conv2d op, GraphTensor weight)
    {
        float[]? bias = graph.Parameters.TryGetValue(node.Parameter("bias"), out var tensor) ? tensor.ToFloats() : null;
        var x = values[node.Inputs[0]];
        if (weight is QuantizedTensor codes && x.Grid is { IsPerChannel: false })
        {
            return DepthwiseConvolution.Serves(op, weight, graph.ShapeOf(node.Inputs[0]))
                ? new DepthwiseConvolution(node.Name, output, x, new ConvolutionGeometry(op, x, output), codes, bias)
                : new IntegerConvolution(node.Name, output, x, new ConvolutionGeometry(op, x, output), codes, bias, kernel) { Warning = Fallback.ToIntegerConvolution(graph, node) };
        }

        return new RealConvolution(node.Name, output, Real(node.Inputs[0]), op, weight, bias, realKernel, hasSubnormals) { Warning = Fallback.ToRealConvolution(graph, node) };
    }

    private float[] Values(Node node, string role) => graph.Parameters[node.Parameter(role)].ToFloats();

    /// <summary>The value as reals; codes are dequantized once, however many nodes ask.</summary>
    private Slot Real(string name)
    {
        var slot = values[name];
        if (!slot.IsCodes)
        {
            return slot;
        }

        if (!reals.TryGetValue(name, out var real))
        {
            real = new Slot(graph.ShapeOf(name), null);
            steps.Add(new Dequantize(name, real, slot));
            reals.Add(name, real);
        }

        return real;
    }
}
