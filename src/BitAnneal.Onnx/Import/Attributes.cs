using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Import;

/// <summary>Attributes of an ONNX node.</summary>
/// <param name="node">The node.</param>
internal sealed class Attributes(NodeProto node)
{
    public bool Has(string name) => Find(name) is not null;

    public int Int(string name, int otherwise) => Find(name) is { } a ? checked((int)(a.I ?? 0)) : otherwise;

    public float Float(string name, float otherwise) => Find(name)?.F ?? otherwise;

    /// <summary>Two numbers: rows, columns.</summary>
    public Extent Pair(string name, int otherwise) => Find(name) is not { } a ? otherwise
        : a.Ints.Count == 2 ? new Extent(checked((int)a.Ints[0]), checked((int)a.Ints[1]))
        : throw new GraphException(node.Name, $"({node.OpType}) has {a.Ints.Count} numbers in '{name}' instead of 2");

    /// <summary>Symmetric padding.</summary>
    public Extent Padding() => Find("pads") is not { } a ? 0
        : a.Ints.Count == 4 && a.Ints[0] == a.Ints[2] && a.Ints[1] == a.Ints[3] ? new Extent(checked((int)a.Ints[0]), checked((int)a.Ints[1]))
        : throw new GraphException(node.Name, $"({node.OpType}) is not padded alike on both sides");

    private AttributeProto? Find(string name) => node.Attribute.FirstOrDefault(a => a.Name == name);
}
