namespace BitAnneal.Onnx.Schema;

/// <summary>An operation.</summary>
internal sealed class NodeProto
{
    public List<string> Input { get; } = [];

    public List<string> Output { get; } = [];

    public string Name { get; set; } = "";

    public string OpType { get; set; } = "";

    public List<AttributeProto> Attribute { get; } = [];

    /// <summary>Empty for the standard operators.</summary>
    public string Domain { get; set; } = "";

    public static NodeProto Read(WireReader reader)
    {
        var node = new NodeProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: node.Input.Add(reader.Text()); break;
                case 2: node.Output.Add(reader.Text()); break;
                case 3: node.Name = reader.Text(); break;
                case 4: node.OpType = reader.Text(); break;
                case 5: node.Attribute.Add(AttributeProto.Read(reader.Message())); break;
                case 7: node.Domain = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }

        return node;
    }

    public void Write(WireWriter writer)
    {
        writer.Texts(1, Input);
        writer.Texts(2, Output);
        writer.Text(3, Name);
        writer.Text(4, OpType);
        Attribute.ForEach(attribute => writer.Message(5, attribute.Write));
        writer.Text(7, Domain);
    }
}
