using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace BitAnneal.Onnx.Schema;

/// <summary>Writes one message of the protocol buffer wire format.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> buffer = new();

    /// <summary>The message so far.</summary>
    public byte[] ToArray() => buffer.WrittenSpan.ToArray();

    public void Int64(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
    }

    public void Int64s(int field, IEnumerable<long> values)
    {
        foreach (long value in values)
        {
            Int64(field, value);
        }
    }

    public void Single(int field, float value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Varint((ulong)field << 3 | 5);
        buffer.Write(bytes);
    }

    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Varint((ulong)field << 3 | 2);
        Varint((ulong)bytes.Length);
        buffer.Write(bytes);
    }

    /// <summary>Writes a text; nothing where it is empty.</summary>
    public void Text(int field, string text)
    {
        if (text.Length > 0)
        {
            Bytes(field, Encoding.UTF8.GetBytes(text));
        }
    }

    public void Texts(int field, IEnumerable<string> texts)
    {
        foreach (string text in texts)
        {
            Bytes(field, Encoding.UTF8.GetBytes(text));
        }
    }

    public void Message(int field, Action<WireWriter> write)
    {
        var message = new WireWriter();
        write(message);
        Bytes(field, message.buffer.WrittenSpan);
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            buffer.Write([(byte)(value | 0x80)]);
        }

        buffer.Write([(byte)value]);
    }
}
