using System.Buffers.Binary;
using System.Runtime.InteropServices;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx.Export;

/// <summary>Collects nodes and constants. Value names are short counters: in a two-bit network names would weigh as much as weights.</summary>
/// <param name="reserved">Names that the file's input and output have.</param>
internal sealed class ModelBuilder(params string[] reserved)
{
    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>Longest constant that several nodes may share.</summary>
    public const int MaxSharedBytes = 64;

    private readonly Dictionary<string, string> shared = new(StringComparer.Ordinal);
    private int counter;

    public GraphProto Graph { get; } = new();

    /// <summary>A new value name.</summary>
    public string Fresh()
    {
        string name = "";
        for (int n = counter++; name.Length == 0 || n > 0; n /= Digits.Length)
        {
            name = Digits[n % Digits.Length] + name;
        }

        return reserved.Contains(name) ? Fresh() : name;
    }

    /// <summary>The oldest operator set that has all that was written, and its file version: older runtimes read the file.</summary>
    public (int OperatorSet, int FileVersion) Version() => OnnxTypes.Versions[
        Graph.Initializer.Any(t => t.DataType == OnnxTypes.UInt2) ? 2
        : Graph.Initializer.Any(t => t.DataType == OnnxTypes.UInt4) || Graph.Node.Any(n => n.OpType == "BitwiseAnd") ? 1 : 0];

    /// <summary>Appends a node whose value has a name of its own.</summary>
    public string Named(string type, string input, string name, string value)
    {
        var node = new NodeProto { OpType = type, Name = name };
        node.Input.Add(input);
        node.Output.Add(value);
        Graph.Node.Add(node);
        return value;
    }

    /// <summary>Appends a node with one output.</summary>
    /// <param name="type">Operator.</param>
    /// <param name="inputs">Values.</param>
    /// <param name="name">Name of our node whose value this is; null for a step on the way.</param>
    /// <param name="attributes">Attributes.</param>
    /// <returns>The name of its value.</returns>
    public string Node(string type, string[] inputs, string? name = null, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type };
        node.Input.AddRange(inputs);
        node.Output.Add(Fresh());
        if (name is not null)
        {
            node.Name = name;
        }

        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
        return node.Output[0];
    }

    public string Floats(ReadOnlySpan<float> values, params long[] shape)
    {
        byte[] raw = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(i * sizeof(float)), values[i]);
        }

        return Constant(OnnxTypes.Float, raw, shape);
    }

    public string Longs(params long[] values) => Constant(OnnxTypes.Int64, MemoryMarshal.AsBytes<long>(values).ToArray(), values.Length);

    public string Bytes(byte[] values, params long[] shape) => Constant(OnnxTypes.UInt8, values, shape);

    /// <summary>A constant. Small ones are shared by content; those with a note stay apart.</summary>
    public string Constant(int type, byte[] raw, long[] shape, string? note = null)
    {
        string key = raw.Length <= MaxSharedBytes && note is null ? $"{type}:{string.Join(',', shape)}:{Convert.ToHexString(raw)}" : "";
        if (key.Length > 0 && shared.TryGetValue(key, out string? known))
        {
            return known;
        }

        var tensor = new TensorProto { DataType = type, Name = Fresh(), RawData = raw };
        tensor.Dims.AddRange(shape);
        if (note is not null)
        {
            tensor.DocString = note;
        }

        Graph.Initializer.Add(tensor);
        if (key.Length > 0)
        {
            shared.Add(key, tensor.Name);
        }

        return tensor.Name;
    }

    private string Constant(int type, byte[] raw, params long[] shape) => Constant(type, raw, shape, null);

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, I = value, Type = OnnxTypes.AttributeInt };

    public static AttributeProto Attribute(string name, float value) => new() { Name = name, F = value, Type = OnnxTypes.AttributeFloat };

    public static AttributeProto Attribute(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = OnnxTypes.AttributeInts };
        attribute.Ints.AddRange(values);
        return attribute;
    }
}
