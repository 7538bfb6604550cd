using System.Collections.Frozen;
using System.Collections.Immutable;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs;

/// <summary>The checks behind the constructor of <see cref="Graph"/>.</summary>
internal static class GraphValidator
{
    public static (FrozenDictionary<string, Node> Nodes, FrozenDictionary<string, TensorShape> Shapes) Validate(
        ImmutableArray<Node> nodes, IReadOnlyDictionary<string, GraphTensor> parameters)
    {
        var byName = new Dictionary<string, Node>(StringComparer.Ordinal);
        var shapes = new Dictionary<string, TensorShape>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            CheckName(node);
            var inputs = ReadInputs(node, shapes);
            shapes[node.Name] = Guard(node, () => node.Operator.InferShape(inputs));
            if (!byName.TryAdd(node.Name, node))
            {
                throw new GraphException(node.Name, "the name is used twice");
            }

            foreach (var spec in Guard(node, () => node.Operator.Parameters(inputs)))
            {
                CheckParameter(node, spec, parameters);
                wanted.Add(node.Parameter(spec.Role));
            }
        }

        RequireOne<Input>(nodes);
        RequireOne<Output>(nodes);
        foreach (string name in parameters.Keys.Order(StringComparer.Ordinal))
        {
            if (!wanted.Contains(name))
            {
                throw new GraphException(name, "no node asks for this parameter");
            }
        }

        return (byName.ToFrozenDictionary(StringComparer.Ordinal), shapes.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static void CheckName(Node node)
    {
        if (node.Name.Length is 0 or > 256 || !node.Name.All(c => char.IsAsciiLetterOrDigit(c) || "._-/:".Contains(c)))
        {
            throw new GraphException(node.Name, "a name has 1 to 256 letters, digits or . _ - / :");
        }
    }

    private static TensorShape[] ReadInputs(Node node, Dictionary<string, TensorShape> shapes)
    {
        int? expected = node.Operator.InputCount;
        if (expected is { } count ? node.Inputs.Length != count : node.Inputs.Length < 2)
        {
            throw new GraphException(node.Name, $"{node.Operator.Kind} reads {expected?.ToString() ?? "two or more"} values, not {node.Inputs.Length}");
        }

        return [.. node.Inputs.Select(i => shapes.TryGetValue(i, out var shape)
            ? shape
            : throw new GraphException(node.Name, $"reads '{i}', which no earlier node computes"))];
    }

    private static void CheckParameter(Node node, ParameterSpec spec, IReadOnlyDictionary<string, GraphTensor> parameters)
    {
        string name = node.Parameter(spec.Role);
        if (!parameters.TryGetValue(name, out var tensor))
        {
            throw new GraphException(node.Name, $"parameter '{name}' ({spec.Shape}) is missing");
        }

        if (!tensor.Shape.Equals(spec.Shape))
        {
            throw new GraphException(node.Name, $"parameter '{name}' is {tensor.Shape}, not {spec.Shape}");
        }

        if (tensor is QuantizedTensor && spec.Kind != ParameterKind.Weight)
        {
            throw new GraphException(node.Name, $"parameter '{name}' is quantized; only weights may be");
        }
    }

    private static void RequireOne<T>(ImmutableArray<Node> nodes) where T : Operator
    {
        int count = nodes.Count(n => n.Operator is T);
        if (count != 1)
        {
            throw new GraphException(nodes.LastOrDefault(n => n.Operator is T)?.Name ?? "(none)", $"a graph has one {typeof(T).Name}, not {count}");
        }
    }

    private static T Guard<T>(Node node, Func<T> infer)
    {
        try
        {
            return infer();
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            throw new GraphException(node.Name, $"{node.Operator.Kind} {e.Message}");
        }
    }
}
