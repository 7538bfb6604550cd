using System.Collections.Frozen;
using System.Collections.Immutable;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs;

/// <summary>
/// A network as data: nodes in an order in which they can be computed, and their parameters. Immutable and always valid: the
/// constructor infers every shape and refuses what does not fit. One <see cref="Input"/> and one <see cref="Output"/>.
/// </summary>
public sealed class Graph
{
    private readonly FrozenDictionary<string, Node> nodesByName;
    private readonly FrozenDictionary<string, TensorShape> shapes;
    private readonly Dictionary<string, Grid?> grids = new(StringComparer.Ordinal);

    /// <summary>Validates and creates a graph.</summary>
    /// <param name="name">Name of the network.</param>
    /// <param name="nodes">Every node after the nodes that it reads.</param>
    /// <param name="parameters">Exactly the parameters that the operators ask for, under their full names.</param>
    /// <exception cref="GraphException">A node is not well formed.</exception>
    public Graph(string name, IEnumerable<Node> nodes, IEnumerable<KeyValuePair<string, GraphTensor>> parameters)
    {
        Name = name;
        Nodes = [.. nodes];
        Parameters = parameters.ToFrozenDictionary(StringComparer.Ordinal);
        (nodesByName, shapes) = GraphValidator.Validate(Nodes, Parameters);
        Input = Nodes.Single(n => n.Operator is Input);
        Output = Nodes.Single(n => n.Operator is Output);
        foreach (var node in Nodes)
        {
            grids.Add(node.Name, Grid(node)); // Each after those that it reads.
        }
    }

    /// <summary>Name of the network.</summary>
    public string Name { get; }

    /// <summary>The nodes, each after those that it reads.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>The parameters by full name.</summary>
    public IReadOnlyDictionary<string, GraphTensor> Parameters { get; }

    /// <summary>The node that stands for the caller's value.</summary>
    public Node Input { get; }

    /// <summary>The node that stands for the result.</summary>
    public Node Output { get; }

    /// <summary>Shape per sample of what the caller supplies.</summary>
    public TensorShape InputShape => ShapeOf(Input.Name);

    /// <summary>Shape per sample of the result.</summary>
    public TensorShape OutputShape => ShapeOf(Output.Name);

    /// <summary>A node by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such node.</exception>
    public Node this[string name] => nodesByName[name];

    /// <summary>Whether a node of that name exists.</summary>
    public bool Contains(string name) => nodesByName.ContainsKey(name);

    /// <summary>Shape per sample of the value that a node computes.</summary>
    public TensorShape ShapeOf(string node) => shapes[node];

    /// <summary>Shapes per sample of what a node reads.</summary>
    public IReadOnlyList<TensorShape> InputShapesOf(Node node) => [.. node.Inputs.Select(ShapeOf)];

    /// <summary>The parameters that a node asks for.</summary>
    public IReadOnlyList<ParameterSpec> ParametersOf(Node node) => node.Operator.Parameters(InputShapesOf(node));

    /// <summary>The nodes that read a value.</summary>
    public IEnumerable<Node> ConsumersOf(string node) => Nodes.Where(n => n.Inputs.Contains(node));

    /// <summary>The grid on which the value of a node lies, or <c>null</c> when it is real.</summary>
    public Grid? GridOf(string node) => grids[node];

    /// <summary>The same network with some parameters replaced.</summary>
    public Graph WithParameters(IEnumerable<KeyValuePair<string, GraphTensor>> replacements)
    {
        var all = new Dictionary<string, GraphTensor>(Parameters, StringComparer.Ordinal);
        foreach (var (name, tensor) in replacements)
        {
            all[name] = tensor;
        }

        return new Graph(Name, Nodes, all);
    }

    /// <summary>The first difference to another graph in words, or <c>null</c> when both are the same to the last bit.</summary>
    public string? FirstDifference(Graph other)
    {
        if (Name != other.Name)
        {
            return $"name '{Name}' against '{other.Name}'";
        }

        if (Nodes.Length != other.Nodes.Length)
        {
            return $"{Nodes.Length} against {other.Nodes.Length} nodes";
        }

        for (int i = 0; i < Nodes.Length; i++)
        {
            if (!Nodes[i].Equals(other.Nodes[i]))
            {
                return $"node {i}: {Nodes[i]} against {other.Nodes[i]}";
            }
        }

        return Parameters.Keys.Order(StringComparer.Ordinal)
            .Where(key => !other.Parameters.TryGetValue(key, out var tensor) || !Parameters[key].ContentEquals(tensor))
            .Select(key => $"parameter '{key}'")
            .FirstOrDefault();
    }

    private Grid? Grid(Node node) => node.Operator switch
    {
        Input input => input.Grid,
        Quantize quantize => quantize.Grid,
        MaxPool or StridedSlice => grids[node.Inputs[0]],
        Flatten => grids[node.Inputs[0]] is { IsPerChannel: false } grid ? grid : null,
        Concat => grids[node.Inputs[0]] is { IsPerChannel: false } grid && node.Inputs.All(i => grid.Equals(grids[i])) ? grid : null,
        _ => null,
    };
}
