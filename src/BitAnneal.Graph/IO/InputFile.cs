namespace BitAnneal.Graphs.IO;

/// <summary>Reads files with messages that name them.</summary>
public static class InputFile
{
    /// <summary>The whole content.</summary>
    /// <exception cref="BitAnnealException">There is no such file, it is a folder, or it cannot be read.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        if (Directory.Exists(path))
        {
            throw new BitAnnealException($"'{path}' is a folder, not a file");
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BitAnnealException($"there is no file '{path}'", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BitAnnealException($"cannot read '{path}': {e.Message}", e);
        }
    }
}
