using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;
using BitAnneal.Onnx.Import;
using BitAnneal.Onnx.Schema;

namespace BitAnneal.Onnx;

/// <summary>Reads <c>.onnx</c> files that <see cref="OnnxExporter"/> wrote, back to the same graph.</summary>
public static class OnnxImporter
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BitAnnealException">The file is missing, damaged, no ONNX, or holds something that the graph has no word for; the message names it.</exception>
    public static Graph Import(string path) => Parse(InputFile.ReadAllBytes(path), path);

    /// <summary>Reads the content of a file that is already in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">How messages call it.</param>
    /// <exception cref="BitAnnealException">As for <see cref="Import"/>.</exception>
    public static Graph Parse(ReadOnlySpan<byte> bytes, string name)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Read(new WireReader(bytes));
        }
        catch (InvalidDataException e)
        {
            throw new BitAnnealException($"'{name}' is no ONNX file, or is truncated: {e.Message}", e);
        }

        try
        {
            return new GraphReader(model).Read();
        }
        catch (BitAnnealException e)
        {
            throw new BitAnnealException($"'{name}': {e.Message}", e);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new BitAnnealException($"'{name}' is damaged: {e.Message}", e);
        }
    }
}
