using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Lists images laid out as <c>train/CLASS/*.jpg</c> and <c>val/CLASS/*.jpg</c> (also .jpeg, .png, .bmp and .gif, in any case), as ImageNet usually
/// is. Instead of <c>val</c> there may be <c>valid</c>, <c>validation</c> or <c>test</c>. The label of a class is its place among the sorted folder
/// names of <c>train</c>. What is passed over is named in <see cref="ImageDataset.Notes"/>.
/// </summary>
public static class ImageFolderReader
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".gif"];
    private static readonly string[] ValidationNames = ["val", "valid", "validation", "test"];

    /// <summary>Lists a dataset; no image is opened yet.</summary>
    /// <param name="path">The folder with <c>train</c> and <c>val</c>.</param>
    /// <param name="size">Side in pixels of the square images that the network reads.</param>
    /// <param name="shortSide">Short side of an evaluation image before its middle is cut out; at least <paramref name="size"/>.</param>
    /// <exception cref="BitAnnealException">A folder is missing, empty or not among the classes, or a name is no UTF-8.</exception>
    public static ImageDataset Read(string path, int size = 224, int shortSide = 256)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shortSide, size);
        string train = Path.Combine(path, "train"), validation = Validation(path) ?? Path.Combine(path, "val");
        var classes = Classes(path);
        string? unknown = Folders(validation).FirstOrDefault(f => !classes.Contains(f, StringComparer.Ordinal));
        if (unknown is not null)
        {
            string? twin = classes.FirstOrDefault(c => LookAlike(c, unknown));
            throw new BitAnnealException($"'{validation}' holds the class {Spelled(unknown)}, which '{train}' does not have"
                + (twin is null ? "" : $"; it has {Spelled(twin)}: rename one of them"));
        }

        var notes = new List<string>();
        if (classes.Length == 1)
        {
            notes.Add($"'{train}' holds one class only, {classes[0]}: there is nothing to tell apart");
        }

        ImageFolder Split(string folder) => new(folder, classes, Files(folder, classes, notes), size, shortSide);
        return new ImageDataset("imagefolder", Split(train), Split(validation)) { Notes = [.. notes.Select(OneLine.Of)] };
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

    /// <summary>The folder of the images to judge by; null for none.</summary>
    internal static string? Validation(string path) => ValidationNames.Select(n => Path.Combine(path, n)).FirstOrDefault(Directory.Exists);

    private static (int Label, string Name)[] Files(string folder, ImmutableArray<string> classes, List<string> notes)
    {
        var present = Folders(folder).ToHashSet(StringComparer.Ordinal);
        var files = new List<(int, string)>();
        var passedOver = new List<string>(Names(folder, Directory.EnumerateFiles).Where(IsVisible)); // Files beside the classes.
        passedOver.AddRange(Names(folder, Directory.EnumerateDirectories).Where(n => !IsVisible(n)));
        for (int label = 0; label < classes.Length; label++)
        {
            string name = classes[label];
            if (!present.Contains(name))
            {
                continue; // Only in val; train gave the classes.
            }

            string of = Path.Combine(folder, name);
            string[] names = Names(of, Directory.EnumerateFiles), pictures = [.. names.Where(n => IsVisible(n) && IsPicture(n))];
            passedOver.AddRange(names.Except(pictures).Concat(Names(of, Directory.EnumerateDirectories)).Select(n => $"{name}/{n}"));
            files.AddRange(pictures.Length > 0 ? pictures.Select(n => (label, Path.Combine(name, n)))
                : throw new BitAnnealException($"'{of}' holds no .jpg, .jpeg, .png, .bmp or .gif file"));
        }

        if (files.Count == 0)
        {
            throw new BitAnnealException($"'{folder}' holds no folder; one per class is expected");
        }

        if (passedOver.Count > 0)
        {
            string entries = passedOver.Count == 1 ? "1 entry is" : $"{passedOver.Count} entries are";
            notes.Add($"'{folder}': {entries} passed over, as no visible .jpg, .jpeg, .png, .bmp or .gif file: {Shortened(passedOver)}");
        }

        string[] missing = [.. classes.Where(c => !present.Contains(c))];
        if (missing.Length > 0)
        {
            notes.Add($"'{folder}' lacks {(missing.Length == 1 ? "the class" : $"{missing.Length} classes")}: {Shortened(missing)}");
        }

        return [.. files];
    }

    private static bool IsVisible(string name) => !name.StartsWith('.');

    private static bool IsPicture(string name) => Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    private static string Shortened(IReadOnlyCollection<string> names) =>
        string.Join(", ", names.Take(5)) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    /// <summary>
    /// Whether two names may be spellings of one: macOS and others write an accented letter as two characters. There are no tables of Unicode
    /// here, so any accented letter may stand for any other.
    /// </summary>
    private static bool LookAlike(string a, string b)
    {
        char[] first = [.. a.Where(c => c is not (>= '\u0300' and <= '\u036f'))], second = [.. b.Where(c => c is not (>= '\u0300' and <= '\u036f'))];
        return first.Length == second.Length && first.Zip(second).All(p => p.First == p.Second || !char.IsAscii(p.First) || !char.IsAscii(p.Second));
    }

    /// <summary>A name, and its letters beyond ASCII by number: some look the same.</summary>
    private static string Spelled(string name) => name.All(char.IsAscii) ? name
        : $"{name} (spelled {string.Concat(name.Select(c => char.IsAscii(c) ? c.ToString() : $"\\u{(int)c:x4}"))})";

    private static string[] Folders(string folder) => [.. Names(folder, Directory.EnumerateDirectories).Where(IsVisible)];

    private static string[] Names(string folder, Func<string, IEnumerable<string>> list)
    {
        string[] names;
        try
        {
            names = [.. list(folder).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot list '{folder}': {e.Message}", e);
        }

        // Bytes that are no UTF-8 become this character, and such a name finds nothing.
        string? strange = Array.Find(names, n => n.Contains('\ufffd') && !Path.Exists(Path.Combine(folder, n)));
        return strange is null ? names : throw new BitAnnealException($"'{folder}' holds an entry whose name is no UTF-8 ('{strange}'): rename it");
    }
}
