using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Lists images laid out as <c>train/CLASS/*.jpg</c> and <c>val/CLASS/*.jpg</c> (also .jpeg and .png, in any case), as ImageNet usually is. The
/// label of a class is its place among the sorted folder names of <c>train</c>. Other files, deeper folders and names that start with a dot are skipped.
/// </summary>
public static class ImageFolderReader
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png"];

    /// <summary>Lists a dataset; no image is opened yet.</summary>
    /// <param name="path">The folder with <c>train</c> and <c>val</c>.</param>
    /// <param name="size">Side in pixels of the square images that the network reads.</param>
    /// <param name="shortSide">Short side of an evaluation image before its middle is cut out; at least <paramref name="size"/>.</param>
    /// <exception cref="BitAnnealException">A folder is missing, empty or not among the classes.</exception>
    public static ImageDataset Read(string path, int size = 224, int shortSide = 256)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shortSide, size);
        var classes = Classes(path);
        string validation = Path.Combine(path, "val");
        string[] unknown = [.. Folders(validation).Except(classes)];
        if (unknown.Length > 0)
        {
            throw new BitAnnealException($"'{validation}' holds the class {unknown[0]}, which '{Path.Combine(path, "train")}' does not have");
        }

        ImageFolder Split(string name) => new(Path.Combine(path, name), classes, Files(Path.Combine(path, name), classes), size, shortSide);
        return new ImageDataset("imagefolder", Split("train"), Split("val"));
    }

    /// <summary>The classes of a dataset in the order of their labels.</summary>
    /// <param name="path">The folder with <c>train</c> and <c>val</c>.</param>
    /// <exception cref="BitAnnealException">There is no folder <c>train</c> with a folder in it.</exception>
    public static ImmutableArray<string> Classes(string path)
    {
        string train = Path.Combine(path, "train");
        string[] classes = Folders(train);
        return classes.Length > 0 ? [.. classes] : throw new BitAnnealException($"'{train}' holds no folder; one per class is expected");
    }

    private static (int Label, string Name)[] Files(string folder, ImmutableArray<string> classes)
    {
        var files = new List<(int, string)>();
        for (int label = 0; label < classes.Length; label++)
        {
            string of = Path.Combine(folder, classes[label]);
            if (!Directory.Exists(of))
            {
                continue; // Only in val; train gave the classes.
            }

            string[] names = [.. Names(of, Directory.EnumerateFiles).Where(n => Extensions.Contains(Path.GetExtension(n), StringComparer.OrdinalIgnoreCase))];
            if (names.Length == 0)
            {
                throw new BitAnnealException($"'{of}' holds no .jpg, .jpeg or .png file");
            }

            files.AddRange(names.Select(n => (label, n)));
        }

        return files.Count > 0 ? [.. files] : throw new BitAnnealException($"'{folder}' holds no folder; one per class is expected");
    }

    private static string[] Folders(string folder) => Names(folder, Directory.EnumerateDirectories);

    private static string[] Names(string folder, Func<string, IEnumerable<string>> list)
    {
        try
        {
            return [.. list(folder).Select(p => Path.GetFileName(p)).Where(n => !n.StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot list '{folder}': {e.Message}", e);
        }
    }
}
