namespace BitAnneal.Onnx.Schema;

/// <summary>A network.</summary>
internal sealed class GraphProto
{
    public List<NodeProto> Node { get; } = [];

    public string Name { get; set; } = "";

    public List<TensorProto> Initializer { get; } = [];

    public List<ValueInfoProto> Input { get; } = [];

    public List<ValueInfoProto> Output { get; } = [];

    public static GraphProto Read(WireReader reader)
    {
        var graph = new GraphProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: graph.Node.Add(NodeProto.Read(reader.Message())); break;
                case 2: graph.Name = reader.Text(); break;
                case 5: graph.Initializer.Add(TensorProto.Read(reader.Message())); break;
                case 11: graph.Input.Add(ValueInfoProto.Read(reader.Message())); break;
                case 12: graph.Output.Add(ValueInfoProto.Read(reader.Message())); break;
                default: reader.Skip(); break;
            }
        }

        return graph;
    }

    public void Write(WireWriter writer)
    {
        Node.ForEach(node => writer.Message(1, node.Write));
        writer.Text(2, Name);
        Initializer.ForEach(tensor => writer.Message(5, tensor.Write));
        Input.ForEach(value => writer.Message(11, value.Write));
        Output.ForEach(value => writer.Message(12, value.Write));
    }
}
