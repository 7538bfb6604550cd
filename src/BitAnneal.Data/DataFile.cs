using System.IO.Compression;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Opening and reading of dataset files with messages that name them.</summary>
internal static class DataFile
{
    /// <summary>Opens a file, through gzip when it starts as gzip does. Its name does not count: some tools unpack a file and keep its name.</summary>
    public static Stream Open(string path)
    {
        try
        {
            var file = File.OpenRead(path);
            Span<byte> start = stackalloc byte[3];
            bool isPacked = file.ReadAtLeast(start, 3, throwOnEndOfStream: false) == 3 && start.SequenceEqual((ReadOnlySpan<byte>)[0x1f, 0x8b, 8]);
            file.Position = 0;
            return isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
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
