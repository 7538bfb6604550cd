namespace BitAnneal.Onnx.Schema;

/// <summary>
/// A file. This and its neighbours are the part of the ONNX format that BitAnneal reads and writes, from the public field numbers of <c>onnx.proto</c>;
/// other fields are skipped.
/// </summary>
internal sealed class ModelProto
{
    public long IrVersion { get; set; }

    public string ProducerName { get; set; } = "";

    public GraphProto? Graph { get; set; }

    public List<OperatorSetIdProto> OpsetImport { get; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public static ModelProto Read(WireReader reader)
    {
        var model = new ModelProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: model.IrVersion = reader.Int64(); break;
                case 2: model.ProducerName = reader.Text(); break;
                case 7: model.Graph = GraphProto.Read(reader.Message()); break;
                case 8: model.OpsetImport.Add(OperatorSetIdProto.Read(reader.Message())); break;
                default: reader.Skip(); break;
            }
        }

        return model;
    }

    public byte[] ToByteArray()
    {
        var writer = new WireWriter();
        writer.Int64(1, IrVersion);
        writer.Text(2, ProducerName);
        if (Graph is { } graph)
        {
            writer.Message(7, graph.Write);
        }

        OpsetImport.ForEach(set => writer.Message(8, set.Write));
        return writer.ToArray();
    }
}

/// <summary>A version of the operators of one domain.</summary>
internal sealed class OperatorSetIdProto
{
    /// <summary>Empty for the standard operators.</summary>
    public string Domain { get; set; } = "";

    public long Version { get; set; }

    public static OperatorSetIdProto Read(WireReader reader)
    {
        var set = new OperatorSetIdProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: set.Domain = reader.Text(); break;
                case 2: set.Version = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return set;
    }

    public void Write(WireWriter writer)
    {
        writer.Text(1, Domain);
        writer.Int64(2, Version);
    }
}
