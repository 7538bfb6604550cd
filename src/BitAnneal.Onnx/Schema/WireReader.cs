using System.Buffers.Binary;
using System.Text;

namespace BitAnneal.Onnx.Schema;

/// <summary>
/// Reads one message of the protocol buffer wire format (protobuf.dev/programming-guides/encoding), field by field. Every length is checked against the
/// bytes that are there before anything is allocated.
/// </summary>
/// <param name="message">The message.</param>
/// <param name="allowance">How many fields may still be read, over all messages of the file.</param>
internal ref struct WireReader(ReadOnlySpan<byte> message, WireReader.Allowance allowance)
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    /// <summary>
    /// Fields of a network with thousands of layers. A field of two bytes may become an object of two hundred, so that a file of nothing else would take
    /// a hundred times its size.
    /// </summary>
    private const long BaseFields = 200_000;

    /// <summary>Reads a whole file.</summary>
    /// <param name="file">The file.</param>
    public WireReader(ReadOnlySpan<byte> file) : this(file, new Allowance(BaseFields + (file.Length / 64)))
    {
    }

    private ReadOnlySpan<byte> rest = message;
    private int type;

    /// <summary>Number of the field that <see cref="Next"/> found. Its value must then be read or skipped.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end of the message.</summary>
    /// <exception cref="InvalidDataException">The bytes are no field; so for all that follow.</exception>
    public bool Next()
    {
        if (rest.IsEmpty)
        {
            return false;
        }

        allowance.Take();
        ulong tag = ReadVarint();
        (Field, type) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        return Field > 0 ? true : throw new InvalidDataException("a field without a number");
    }

    public long Int64()
    {
        Require(Varint);
        return (long)ReadVarint();
    }

    public int Int32() => (int)Int64();

    public float Single()
    {
        Require(Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public ReadOnlySpan<byte> Bytes()
    {
        Require(Delimited);
        ulong length = ReadVarint();
        return Take((int)Math.Min(length, int.MaxValue));
    }

    public WireReader Message() => new(Bytes(), allowance);

    /// <summary>Appends one number, or many that are packed.</summary>
    public void AddTo(List<long> numbers)
    {
        if (type == Varint)
        {
            numbers.Add((long)ReadVarint());
            return;
        }

        var packed = Message();
        while (!packed.rest.IsEmpty)
        {
            allowance.Take();
            numbers.Add((long)packed.ReadVarint());
        }
    }

    /// <summary>Passes over a field that is not known.</summary>
    public void Skip()
    {
        switch (type)
        {
            case Varint: ReadVarint(); break;
            case Fixed64: Take(sizeof(ulong)); break;
            case Delimited: Bytes(); break;
            case Fixed32: Take(sizeof(uint)); break;
            default: throw new InvalidDataException($"field {Field} has the unknown wire type {type}");
        }
    }

    private readonly void Require(int expected)
    {
        if (type != expected)
        {
            throw new InvalidDataException($"field {Field} has the wire type {type} instead of {expected}");
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < rest.Length && i < 10; i++)
        {
            value |= (ulong)(rest[i] & 0x7f) << (7 * i);
            if (rest[i] < 0x80)
            {
                rest = rest[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a number without an end");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length)
        {
            throw new InvalidDataException($"field {Field} wants {count} bytes where {rest.Length} are left");
        }

        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    /// <summary>A count that all messages of a file share.</summary>
    internal sealed class Allowance(long fields)
    {
        private long left = fields;

        /// <summary>Counts one field.</summary>
        /// <exception cref="InvalidDataException">There were too many.</exception>
        public void Take()
        {
            if (--left < 0)
            {
                throw new InvalidDataException("it has far more fields than a network of its size needs");
            }
        }
    }
}
