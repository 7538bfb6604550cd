namespace BitAnneal.Onnx.Schema;

/// <summary>A constant.</summary>
internal sealed class TensorProto
{
    public List<long> Dims { get; } = [];

    /// <summary>Type of the elements, see <see cref="OnnxTypes"/>.</summary>
    public int DataType { get; set; }

    public string Name { get; set; } = "";

    /// <summary>The elements, row-major, little-endian, packed least significant bits first.</summary>
    public byte[] RawData { get; set; } = [];

    public string DocString { get; set; } = "";

    /// <summary>Not 0 where the elements lie in another file.</summary>
    public int DataLocation { get; set; }

    public static TensorProto Read(WireReader reader)
    {
        var tensor = new TensorProto();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: reader.AddTo(tensor.Dims); break;
                case 2: tensor.DataType = reader.Int32(); break;
                case 8: tensor.Name = reader.Text(); break;
                case 9: tensor.RawData = reader.Bytes().ToArray(); break;
                case 12: tensor.DocString = reader.Text(); break;
                case 14: tensor.DataLocation = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }

        return tensor;
    }

    public void Write(WireWriter writer)
    {
        writer.Int64s(1, Dims);
        writer.Int64(2, DataType);
        writer.Text(8, Name);
        writer.Bytes(9, RawData);
        writer.Text(12, DocString);
    }
}
