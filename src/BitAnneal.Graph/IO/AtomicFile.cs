namespace BitAnneal.Graphs.IO;

/// <summary>Writes files whole or not at all: the content goes to a temporary file beside the target, which is then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Writes a file through a stream.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="previous">Where an older file is kept; null replaces it.</param>
    /// <exception cref="BitAnnealException">The file cannot be written; nothing is left behind and an older file stays as it was.</exception>
    public static void Write(string path, Action<Stream> write, string? previous = null)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            if (previous is not null && File.Exists(path))
            {
                File.Move(path, previous, overwrite: true);
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

    /// <summary>Removes temporary files that a killed process left beside the files of these names.</summary>
    /// <param name="paths">The files, all in folders that no other process writes to.</param>
    public static void RemoveLitter(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            string name = Path.GetFileName(path), folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, $"{name}.*.tmp") : [])
            {
                // Only what this class names: somebody's own .tmp file stays.
                if (Guid.TryParseExact(Path.GetFileName(file)[(name.Length + 1)..^4], "N", out _))
                {
                    TryDelete(file);
                }
            }
        }
    }

    /// <summary>Writes a UTF-8 text file.</summary>
    /// <exception cref="BitAnnealException">The file cannot be written; nothing is left behind and an older file stays as it was.</exception>
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
