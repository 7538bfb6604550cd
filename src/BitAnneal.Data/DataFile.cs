using System.IO.Compression;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Opening and reading of dataset files with messages that name them.</summary>
internal static class DataFile
{
    /// <summary>Opens a file, through gzip when its name ends in <c>.gz</c>.</summary>
    public static Stream Open(string path)
    {
        try
        {
            var file = File.OpenRead(path);
            return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot read '{path}': {e.Message}", e);
        }
    }

    /// <summary>Fills the buffer from the stream.</summary>
    /// <returns>The number of bytes that were there.</returns>
    public static int ReadUpTo(Stream stream, Span<byte> buffer, string path)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new BitAnnealException($"'{path}' is damaged or truncated: {e.Message}", e);
        }
    }
}
