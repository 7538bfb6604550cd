using BitAnneal.Graphs;

namespace BitAnneal.Training.Runs;

/// <summary>The folder of one training: everything it was told and everything it found.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    /// <summary>The complete configuration, defaults included.</summary>
    public string Configuration => System.IO.Path.Combine(Path, "config.json");

    /// <summary>JSON Lines.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>State to go on from.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>The frozen network.</summary>
    public string Model => System.IO.Path.Combine(Path, "model.onnx");

    /// <summary>Latent float weights at the end.</summary>
    public string FloatModel => System.IO.Path.Combine(Path, "float.safetensors");

    /// <summary>Figures for programs.</summary>
    public string Summary => System.IO.Path.Combine(Path, "summary.json");

    /// <summary>The page for people.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>Makes the folder, and checks that it can be written before hours of work depend on it.</summary>
    /// <exception cref="BitAnnealException">It cannot be made or written.</exception>
    public RunFolder Create()
    {
        try
        {
            Directory.CreateDirectory(Path);
            string probe = System.IO.Path.Combine(Path, $".probe-{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return this;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot write to the folder '{Path}': {e.Message}", e);
        }
    }

    /// <summary>Removes what an earlier run left: a folder holds one run, and no result beside another run's configuration.</summary>
    /// <exception cref="BitAnnealException">A file cannot be removed, or the files there are of no run: they may be somebody's only copy.</exception>
    public void Clear()
    {
        string[] files = [Metrics, Checkpoint, Model, FloatModel, Summary, Report, Configuration];
        if (!File.Exists(Configuration) && Array.Find(files, File.Exists) is { } foreign)
        {
            throw new BitAnnealException($"'{foreign}' is there, but no config.json of a run that made it; choose another folder");
        }

        foreach (string file in files)
        {
            try
            {
                File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BitAnnealException($"cannot remove '{file}' of an earlier run: {e.Message}", e);
            }
        }
    }
}
