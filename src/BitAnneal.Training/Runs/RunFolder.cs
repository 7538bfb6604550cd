using BitAnneal.Graphs;
using BitAnneal.Graphs.IO;

namespace BitAnneal.Training.Runs;

/// <summary>The folder of one training: everything it was told and everything it found.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    private static readonly Dictionary<string, FileStream> Locks = new(StringComparer.Ordinal);

    /// <summary>The complete configuration, defaults included.</summary>
    public string Configuration => System.IO.Path.Combine(Path, "config.json");

    /// <summary>JSON Lines.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>State to go on from.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>The state before that one, should the newest be damaged.</summary>
    public string PreviousCheckpoint => System.IO.Path.Combine(Path, "checkpoint.previous.safetensors");

    /// <summary>Whether there is a state to go on from.</summary>
    public bool HasCheckpoint => File.Exists(Checkpoint) || File.Exists(PreviousCheckpoint);

    /// <summary>Whether the run there came to its end: the summary is written last.</summary>
    public bool IsFinished => File.Exists(Summary);

    /// <summary>The frozen network.</summary>
    public string Model => System.IO.Path.Combine(Path, "model.onnx");

    /// <summary>Latent float weights at the end.</summary>
    public string FloatModel => System.IO.Path.Combine(Path, "float.safetensors");

    /// <summary>Figures for programs.</summary>
    public string Summary => System.IO.Path.Combine(Path, "summary.json");

    /// <summary>The page for people.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>The folder of a name for a new run, or to go on in: the name itself, or with -2, -3 and so on behind it where runs are that must stay.</summary>
    /// <param name="path">The name.</param>
    /// <param name="resume">Whether to go on with the latest run of that name, rather than to start one.</param>
    public static RunFolder Next(string path, bool resume)
    {
        RunFolder folder = new(path), latest = folder;
        for (int i = 2; folder.IsFinished || folder.HasCheckpoint; i++)
        {
            latest = folder;
            folder = new RunFolder($"{path}-{i}");
        }

        return resume ? latest : folder;
    }

    private string[] Files => [Metrics, Checkpoint, PreviousCheckpoint, Model, FloatModel, Summary, Report, Configuration];

    /// <summary>Makes the folder, and checks that it can be written before hours of work depend on it.</summary>
    /// <exception cref="BitAnnealException">It cannot be made or written.</exception>
    public RunFolder Create()
    {
        try
        {
            Directory.CreateDirectory(Path);
            string probe = System.IO.Path.Combine(Path, $".probe-{Guid.NewGuid():N}");
            new FileStream(probe, FileMode.CreateNew).Dispose(); // A new file under a name nobody can guess: never one that a link points to.
            File.Delete(probe);
            return this;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot write to the folder '{Path}': {e.Message}", e);
        }
    }

    /// <summary>Keeps every other process out of the folder until this one ends, in whatever way. Removes what a killed run left half-written.</summary>
    /// <exception cref="BitAnnealException">Another run is at work there.</exception>
    public void Lock()
    {
        string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, ".lock"));
        lock (Locks)
        {
            if (!Locks.ContainsKey(path))
            {
                Locks.Add(path, Hold(path)); // The file stays: removed, it could be the one that another run has just locked.
            }
        }

        AtomicFile.RemoveLitter(Files);
    }

    private FileStream Hold(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new BitAnnealException($"another run is at work in '{Path}': its file .lock is in use; wait for that run, or choose another folder", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BitAnnealException($"cannot lock '{path}': {e.Message}", e);
        }
    }

    /// <summary>Removes what an earlier run left: a folder holds one run, and no result beside another run's configuration.</summary>
    /// <exception cref="BitAnnealException">A file cannot be removed, or the files there are of no run: they may be somebody's only copy.</exception>
    public void Clear()
    {
        if (!File.Exists(Configuration) && Array.Find(Files, File.Exists) is { } foreign)
        {
            throw new BitAnnealException($"'{foreign}' is there, but no config.json of a run that made it; choose another folder");
        }

        foreach (string file in Files)
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
