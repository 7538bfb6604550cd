namespace BitAnneal.Onnx.Schema;

/// <summary>A named setting of a node.</summary>
internal sealed class AttributeProto
{
    public string Name { get; set; } = "";

    public float? F { get; set; }

    public long? I { get; set; }

    public string S { get; set; } = "";

    public List<long> Ints { get; } = [];

    /// <summary>Which of the values is meant, see <see cref="OnnxTypes"/>.</summary>
    public int Type { get; set; }

    public static AttributeProto Read(WireReader reader)
    {
        var attribute = new AttributeProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: attribute.Name = reader.Text(); break;
                case 2: attribute.F = reader.Single(); break;
                case 3: attribute.I = reader.Int64(); break;
                case 4: attribute.S = reader.Text(); break;
                case 8: reader.AddTo(attribute.Ints); break;
                case 20: attribute.Type = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }

        return attribute;
    }

    public void Write(WireWriter writer)
    {
        writer.Text(1, Name);
        if (F is { } number)
        {
            writer.Single(2, number);
        }

        if (I is { } integer)
        {
            writer.Int64(3, integer);
        }

        writer.Text(4, S);
        writer.Int64s(8, Ints);
        writer.Int64(20, Type);
    }
}
