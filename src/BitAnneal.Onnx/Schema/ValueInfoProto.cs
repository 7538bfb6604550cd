namespace BitAnneal.Onnx.Schema;

/// <summary>An input or output: its name, and its tensor type, which the format nests two messages deeper.</summary>
internal sealed class ValueInfoProto
{
    public string Name { get; set; } = "";

    /// <summary>Type of the elements, see <see cref="OnnxTypes"/>.</summary>
    public int ElementType { get; set; }

    /// <summary>Null where the file says nothing.</summary>
    public List<Dimension>? Shape { get; set; }

    public static ValueInfoProto Read(WireReader reader)
    {
        var value = new ValueInfoProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: value.Name = reader.Text(); break;
                case 2: value.ReadType(reader.Message()); break;
                default: reader.Skip(); break;
            }
        }

        return value;
    }

    public void Write(WireWriter writer)
    {
        writer.Text(1, Name);
        writer.Message(2, type => type.Message(1, tensor =>
        {
            tensor.Int64(1, ElementType);
            if (Shape is { } dimensions)
            {
                tensor.Message(2, shape => dimensions.ForEach(dimension => shape.Message(1, dimension.Write)));
            }
        }));
    }

    private void ReadType(WireReader reader)
    {
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                ReadTensorType(reader.Message());
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadTensorType(WireReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: ElementType = reader.Int32(); break;
                case 2: ReadShape(reader.Message()); break;
                default: reader.Skip(); break;
            }
        }
    }

    private void ReadShape(WireReader reader)
    {
        Shape = [];
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                Shape.Add(Dimension.Read(reader.Message()));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>A size, or the name of one that is not fixed.</summary>
    internal readonly record struct Dimension(long Size, string Name)
    {
        public static Dimension Read(WireReader reader)
        {
            var dimension = new Dimension(0, "");
            while (reader.Next())
            {
                switch (reader.Field)
                {
                    case 1: dimension = dimension with { Size = reader.Int64() }; break;
                    case 2: dimension = dimension with { Name = reader.Text() }; break;
                    default: reader.Skip(); break;
                }
            }

            return dimension;
        }

        public void Write(WireWriter writer)
        {
            if (Name.Length == 0)
            {
                writer.Int64(1, Size);
            }

            writer.Text(2, Name);
        }
    }
}
