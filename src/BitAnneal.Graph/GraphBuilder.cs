using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs;

/// <summary>
/// Writes a network down line by line. Every method adds a node, makes it the current value and returns the builder; a branch
/// starts with <see cref="From"/>.
/// </summary>
/// <example><code>
/// var graph = new GraphBuilder("tiny").Input(new TensorShape(1, 8, 8))
///     .Conv2d("conv", 4, 3, padding: 1).BatchNorm("bn").Relu().GlobalAveragePool().Flatten().Linear("fc", 10).Build(seed: 1);
/// </code></example>
/// <param name="name">Name of the network.</param>
public sealed class GraphBuilder(string name)
{
    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, int> counters = [];

    /// <summary>Name of the current value.</summary>
    public string Current { get; private set; } = "";

    /// <summary>Adds the input and makes it current.</summary>
    public GraphBuilder Input(TensorShape shape, Grid? grid = null) => Append("input", new Input(shape, grid));

    /// <summary>Makes an earlier value current.</summary>
    public GraphBuilder From(string value)
    {
        Current = value;
        return this;
    }

    /// <summary>Adds a convolution.</summary>
    public GraphBuilder Conv2d(
        string node, int outputChannels, Extent kernel, Extent? stride = null, Extent? padding = null,
        Extent? dilation = null, int groups = 1, bool bias = false) =>
        Append(node, new Conv2d(outputChannels, kernel)
        {
            Stride = stride ?? 1,
            Padding = padding ?? 0,
            Dilation = dilation ?? 1,
            Groups = groups,
            Bias = bias,
        }, Current);

    /// <summary>Adds a fully connected layer.</summary>
    public GraphBuilder Linear(string node, int outputFeatures, bool bias = true) =>
        Append(node, new Linear(outputFeatures) { Bias = bias }, Current);

    /// <summary>Adds a batch normalisation.</summary>
    public GraphBuilder BatchNorm(string node) => Append(node, new BatchNorm(), Current);

    /// <summary>Adds max(x, 0).</summary>
    public GraphBuilder Relu(string? node = null) => Append(node ?? Fresh("relu"), new Relu(), Current);

    /// <summary>Adds min(max(x, 0), 6).</summary>
    public GraphBuilder Relu6(string? node = null) => Append(node ?? Fresh("relu6"), new Relu6(), Current);

    /// <summary>Adds the sum of the current and another value.</summary>
    public GraphBuilder Add(string other, string? node = null) => Append(node ?? Fresh("add"), new Add(), Current, other);

    /// <summary>Joins the current and other values along the channels.</summary>
    public GraphBuilder Concat(IEnumerable<string> others, string? node = null) =>
        Append(node ?? Fresh("concat"), new Concat(), [Current, .. others]);

    /// <summary>Adds a max pooling.</summary>
    public GraphBuilder MaxPool(Extent kernel, Extent? stride = null, Extent? padding = null, string? node = null) =>
        Append(node ?? Fresh("maxpool"), new MaxPool(kernel, stride ?? kernel) { Padding = padding ?? 0 }, Current);

    /// <summary>Adds an average pooling.</summary>
    public GraphBuilder AveragePool(Extent kernel, Extent? stride = null, Extent? padding = null, string? node = null) =>
        Append(node ?? Fresh("avgpool"), new AveragePool(kernel, stride ?? kernel) { Padding = padding ?? 0 }, Current);

    /// <summary>Adds the mean of every channel.</summary>
    public GraphBuilder GlobalAveragePool(string? node = null) => Append(node ?? Fresh("pool"), new GlobalAveragePool(), Current);

    /// <summary>Turns the current value into a feature vector.</summary>
    public GraphBuilder Flatten(string? node = null) => Append(node ?? Fresh("flatten"), new Flatten(), Current);

    /// <summary>Adds zeros around the current value.</summary>
    public GraphBuilder Pad(Pad pad, string? node = null) => Append(node ?? Fresh("pad"), pad, Current);

    /// <summary>Keeps every <paramref name="step"/>-th row and column.</summary>
    public GraphBuilder StridedSlice(Extent step, string? node = null) => Append(node ?? Fresh("slice"), new StridedSlice(step), Current);

    /// <summary>Moves the current value onto a grid, or marks where training puts a quantizer.</summary>
    public GraphBuilder Quantize(Grid? grid = null, string? node = null) => Append(node ?? Fresh("quantize"), new Quantize(grid), Current);

    /// <summary>Adds any operator.</summary>
    public GraphBuilder Append(string node, Operator op, params IEnumerable<string> inputs)
    {
        nodes.Add(new Node(node, op, [.. inputs]));
        Current = node;
        return this;
    }

    /// <summary>Ends the network at the current value and draws float parameters (see <see cref="ParameterInitializer"/>).</summary>
    /// <exception cref="GraphException">A node is not well formed.</exception>
    public Graph Build(ulong seed) => Build(specs => ParameterInitializer.Draw(specs, seed));

    /// <summary>Ends the network at the current value with given parameters.</summary>
    /// <exception cref="GraphException">A node is not well formed or a parameter is missing.</exception>
    public Graph Build(IEnumerable<KeyValuePair<string, GraphTensor>> parameters) => new(name, Ended(), parameters);

    private Graph Build(Func<IReadOnlyList<(string Name, ParameterSpec Spec)>, Dictionary<string, GraphTensor>> draw)
    {
        var all = Ended();
        return new Graph(name, all, draw(Specs(all)));
    }

    private Node[] Ended() => nodes.Exists(n => n.Operator is Output) ? [.. nodes] : [.. nodes, new Node("output", new Output(), [Current])];

    /// <summary>The parameters that the nodes ask for. Stops at the first faulty node: the graph's constructor reports it.</summary>
    private static List<(string Name, ParameterSpec Spec)> Specs(Node[] all)
    {
        var shapes = new Dictionary<string, TensorShape>(StringComparer.Ordinal);
        var specs = new List<(string, ParameterSpec)>();
        foreach (var node in all)
        {
            if (!node.Inputs.All(shapes.ContainsKey) || (node.Operator.InputCount is { } n && n != node.Inputs.Length))
            {
                break;
            }

            TensorShape[] inputs = [.. node.Inputs.Select(i => shapes[i])];
            try
            {
                shapes[node.Name] = node.Operator.InferShape(inputs);
                specs.AddRange(node.Operator.Parameters(inputs).Select(s => (node.Parameter(s.Role), s)));
            }
            catch (Exception e) when (e is ArgumentException or OverflowException)
            {
                break;
            }
        }

        return specs;
    }

    private string Fresh(string stem)
    {
        int number = counters[stem] = counters.GetValueOrDefault(stem) + 1;
        return $"{stem}{number}";
    }
}
