using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using BitAnneal.Graphs.IO;

namespace BitAnneal.Graphs.Safetensors;

/// <summary>Reads and writes the safetensors format: a JSON header and raw little-endian tensors, no code.</summary>
public static class SafetensorsFile
{
    private const int MaxHeaderBytes = 100_000_000;
    private const string MetadataKey = "__metadata__";

    /// <summary>Reads every floating-point tensor as float32. Tensors of other types and those without elements are passed over: they hold counters, not weights.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BitAnnealException">The file is missing, is not safetensors, or contradicts itself.</exception>
    public static SafetensorsContent Read(string path) => Parse(InputFile.ReadAllBytes(path), path);

    /// <summary>Reads the content of a file that is already in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">How messages call it.</param>
    /// <exception cref="BitAnnealException">The bytes are not safetensors, or contradict themselves.</exception>
    public static SafetensorsContent Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        if (bytes.Length < 8)
        {
            throw new BitAnnealException($"'{name}' is no safetensors file: it has {bytes.Length} bytes");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);
        if (length > MaxHeaderBytes || length > (ulong)bytes.Length - 8)
        {
            throw ForeignWeights.Explain(bytes.Span) is { } foreign ? new BitAnnealException($"'{name}' {foreign}")
                : new BitAnnealException($"'{name}' is no safetensors file, or is truncated: its header claims {length} of {bytes.Length} bytes");
        }

        var tensors = new Dictionary<string, FloatTensor>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var passedOver = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var header = JsonDocument.Parse(bytes.Slice(8, (int)length), new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            var data = bytes[(8 + (int)length)..];
            var places = new List<TensorPlace>();
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == MetadataKey)
                {
                    foreach (var item in entry.Value.EnumerateObject())
                    {
                        metadata[item.Name] = item.Value.GetString() ?? "";
                    }
                }
                else if (Place(entry, data.Length, name) is { } place)
                {
                    places.Add(place);
                }
                else
                {
                    string type = entry.Value.GetProperty("dtype").GetString() ?? "";
                    passedOver[entry.Name] = Width(type) > 0 ? "has no elements" : $"has the type {type}; only F64, F32, F16 and BF16 are read";
                }
            }

            RequireDisjoint(places, name);
            foreach (var place in places)
            {
                tensors.Add(place.Name, ReadTensor(place, data.Span[(int)place.Begin..(int)place.End]));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new BitAnnealException($"'{name}' has a damaged safetensors header: {e.Message}");
        }

        return new SafetensorsContent(tensors, metadata) { PassedOver = passedOver };
    }

    /// <summary>Writes float32 tensors, sorted by name: the same content gives the same bytes. An existing file is replaced only by a whole one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Content.</param>
    /// <param name="metadata">Text beside it; null for none.</param>
    /// <param name="previous">Where an older file is kept; null replaces it.</param>
    /// <exception cref="BitAnnealException">The file cannot be written.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, FloatTensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, string? previous = null)
    {
        KeyValuePair<string, FloatTensor>[] sorted = [.. tensors.OrderBy(t => t.Key, StringComparer.Ordinal)];
        byte[] header = Header(sorted, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var (_, tensor) in sorted)
            {
                stream.Write(MemoryMarshal.AsBytes(tensor.Values));
            }
        }, previous);
    }

    private static byte[] Header(KeyValuePair<string, FloatTensor>[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (int d in tensor.Shape.Dimensions)
                {
                    json.WriteNumberValue(d);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.ByteCount);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        string text = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        return Encoding.UTF8.GetBytes(text.PadRight(text.Length + (int)((8 - buffer.Length % 8) % 8))); // Aligned, so that readers may map the data.
    }

    private static int Width(string type) => type switch { "F64" => 8, "F32" => 4, "F16" or "BF16" => 2, _ => 0 };

    private static TensorPlace? Place(JsonProperty entry, int length, string file)
    {
        string type = entry.Value.GetProperty("dtype").GetString() ?? "";
        int width = Width(type);
        if (width == 0 || IsEmpty(entry))
        {
            return null;
        }

        var shape = Shape(entry, file);
        long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
        return offsets is [var begin, var end] && begin >= 0 && begin <= end && end <= length && end - begin == shape.ElementCount * width
            ? new TensorPlace(entry.Name, type, shape, begin, end)
            : throw new BitAnnealException($"'{file}' is damaged or truncated: tensor '{entry.Name}' of shape {shape} lies at bytes {string.Join(" to ", offsets)} of {length}");
    }

    /// <summary>Whether a dimension is zero, and therefore no byte is there.</summary>
    private static bool IsEmpty(JsonProperty entry)
    {
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
        return shape.Contains(0) && shape.All(d => d >= 0)
            && entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64()).ToArray() is [>= 0 and var begin, var end] && begin == end;
    }

    /// <summary>Tensors that share bytes would let a small file claim any amount of memory.</summary>
    private static void RequireDisjoint(List<TensorPlace> places, string file)
    {
        TensorPlace[] sorted = [.. places.OrderBy(p => p.Begin)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i].Begin < sorted[i - 1].End)
            {
                throw new BitAnnealException($"'{file}' is damaged: the tensors '{sorted[i - 1].Name}' and '{sorted[i].Name}' overlap");
            }
        }
    }

    private static FloatTensor ReadTensor(TensorPlace place, ReadOnlySpan<byte> raw)
    {
        float[] values = new float[place.Shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = place.Type switch
            {
                "F64" => (float)BinaryPrimitives.ReadDoubleLittleEndian(raw[(8 * i)..]),
                "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(raw[(2 * i)..]),
                "BF16" => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(raw[(2 * i)..]) << 16),
                _ => BinaryPrimitives.ReadSingleLittleEndian(raw[(4 * i)..]),
            };
        }

        return new FloatTensor(place.Shape, values);
    }

    private static TensorShape Shape(JsonProperty entry, string file)
    {
        try
        {
            int[] dimensions = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];
            return new TensorShape(dimensions);
        }
        catch (ArgumentException e)
        {
            throw new BitAnnealException($"'{file}': tensor '{entry.Name}' has an impossible shape: {e.Message}");
        }
    }

    private sealed record TensorPlace(string Name, string Type, TensorShape Shape, long Begin, long End);
}
