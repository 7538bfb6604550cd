namespace BitAnneal.Graphs.IO;

/// <summary>Writes files whole or not at all: the content goes to a temporary file beside the target, which is then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <exception cref="BitAnnealException">The file cannot be written; nothing is left behind and an older file stays as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            TryDelete(temporary);
            if (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
            {
                // The last one is how .NET tells of a file that grows past a limit.
                throw new BitAnnealException($"cannot write '{path}': {e.Message}", e);
            }

            throw;
        }
    }

    /// <summary>Writes a UTF-8 text file.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, s => s.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first fault is the one to report.
        }
    }
}
