using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Known datasets by name.</summary>
public static class DatasetCatalog
{
    /// <summary>Environment variable that names the data directory when a call does not.</summary>
    public const string DirectoryVariable = "BITANNEAL_DATA";

    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } = ["cifar10", "mnist", "fashion-mnist", "synthetic"];

    /// <summary>Loads a dataset.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="directory">The data directory, or the dataset's own folder, or the archive; null for the environment variable.</param>
    /// <exception cref="BitAnnealException">Unknown name, nothing found, or a file is damaged.</exception>
    public static ImageDataset Load(string name, string? directory = null)
    {
        if (name == "synthetic")
        {
            return SyntheticImages.Create();
        }

        if (!Names.Contains(name))
        {
            throw new BitAnnealException($"unknown dataset '{name}'{NearestName.Hint(name, Names)} (known: {string.Join(", ", Names)})");
        }

        string root = directory ?? Environment.GetEnvironmentVariable(DirectoryVariable)
            ?? throw new BitAnnealException($"where is {name}? give --data-dir DIR or set {DirectoryVariable}");
        return name == "cifar10" ? Cifar10Reader.Read(FindCifar(root)) : IdxReader.ReadFolder(name, FindIdx(root, name));
    }

    private static string FindCifar(string root)
    {
        if (File.Exists(root))
        {
            return root;
        }

        string[] folders = [root, Path.Combine(root, "cifar10")];
        string[] archives = ["cifar-10-binary.tar.gz", "cifar-10-batches-bin.tar.gz"];
        string[] places =
        [
            .. folders.SelectMany(f => archives.Select(a => Path.Combine(f, a))).Where(File.Exists),
            .. folders.SelectMany(f => new[] { f, Path.Combine(f, "cifar-10-batches-bin") }).Where(f => File.Exists(Path.Combine(f, "test_batch.bin"))),
        ];
        return places.FirstOrDefault()
            ?? throw new BitAnnealException($"no CIFAR-10 in '{root}': looked for cifar-10-binary.tar.gz and cifar-10-batches-bin there and in its folder cifar10");
    }

    private static string FindIdx(string root, string name)
    {
        string[] folders = [Path.Combine(root, name), root];
        return Array.Find(folders, f => Directory.Exists(f) && Directory.EnumerateFiles(f, "train-images-idx3-ubyte*").Any())
            ?? throw new BitAnnealException($"no {name} in '{root}': looked for train-images-idx3-ubyte[.gz] there and in its folder {name}");
    }
}
