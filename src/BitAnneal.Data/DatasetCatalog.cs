using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Known datasets by name.</summary>
public static class DatasetCatalog
{
    /// <summary>Environment variable that names the data directory when a call does not.</summary>
    public const string DirectoryVariable = "BITANNEAL_DATA";

    /// <summary>All names.</summary>
    public static ImmutableArray<string> Names { get; } = ["cifar10", "cifar100", "mnist", "fashion-mnist", "imagefolder", "synthetic"];

    /// <summary>Loads a dataset.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="directory">The data directory, or the dataset's own folder, or the archive; null for the environment variable.</param>
    /// <param name="seed">Seed of the synthetic images; the other datasets have nothing random.</param>
    /// <exception cref="BitAnnealException">Unknown name, nothing found, or a file is damaged.</exception>
    public static ImageDataset Load(string name, string? directory = null, ulong seed = 1)
    {
        if (name == "synthetic")
        {
            return SyntheticImages.Create(seed);
        }

        string root = Root(name, directory);
        return name switch
        {
            "cifar10" => Cifar10Reader.Read(FindCifar(root, "CIFAR-10", name, ["cifar-10-binary.tar.gz", "cifar-10-batches-bin.tar.gz"], "cifar-10-batches-bin", "test_batch.bin")),
            "cifar100" => Cifar100Reader.Read(FindCifar(root, "CIFAR-100", name, ["cifar-100-binary.tar.gz"], "cifar-100-binary", "test.bin")),
            "imagefolder" => ImageFolderReader.Read(FindImages(root)),
            _ => IdxReader.ReadFolder(name, FindIdx(root, name)),
        };
    }

    /// <summary>The number of classes of a dataset, which a network is built for, without loading it.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="directory">As for <see cref="Load"/>; only <c>imagefolder</c> looks there.</param>
    /// <exception cref="BitAnnealException">Unknown name, or no image folder found.</exception>
    public static int ClassCount(string name, string? directory = null) => name switch
    {
        "cifar100" => 100,
        "imagefolder" => ImageFolderReader.Classes(FindImages(Root(name, directory))).Length,
        _ => Names.Contains(name) ? 10 : throw Unknown(name),
    };

    private static BitAnnealException Unknown(string name) =>
        new($"unknown dataset '{name}'{NearestName.Hint(name, Names)} (known: {string.Join(", ", Names)})");

    private static string Root(string name, string? directory) => !Names.Contains(name) ? throw Unknown(name)
        : directory ?? Environment.GetEnvironmentVariable(DirectoryVariable) ?? throw new BitAnnealException($"where is {name}? give --data-dir DIR or set {DirectoryVariable}");

    private static string FindCifar(string root, string title, string own, string[] archives, string unpacked, string file)
    {
        if (File.Exists(root))
        {
            return root;
        }

        string[] folders = [root, Path.Combine(root, own)];
        string[] places =
        [
            .. folders.SelectMany(f => archives.Select(a => Path.Combine(f, a))).Where(File.Exists),
            .. folders.SelectMany(f => new[] { f, Path.Combine(f, unpacked) }).Where(f => File.Exists(Path.Combine(f, file))),
        ];
        return places.FirstOrDefault()
            ?? throw new BitAnnealException($"no {title} in '{root}': looked for {archives[0]} and {unpacked} there and in its folder {own}");
    }

    private static string FindImages(string root)
    {
        string[] folders = [root, Path.Combine(root, "imagefolder")];
        return Array.Find(folders, f => Directory.Exists(Path.Combine(f, "train")) && ImageFolderReader.Validation(f) is not null)
            ?? throw new BitAnnealException($"no images in '{root}': looked for train/CLASS and val/CLASS (or valid, validation, test) there and in its folder imagefolder");
    }

    private static string FindIdx(string root, string name)
    {
        string torchvision = name == "mnist" ? "MNIST" : "FashionMNIST"; // It leaves what it fetched in NAME/raw.
        string[] folders = [.. new[] { name, "", Path.Combine(torchvision, "raw"), Path.Combine(name, torchvision, "raw"), "raw" }.Select(f => Path.Combine(root, f))];
        return Array.Find(folders, f => Directory.Exists(f) && Directory.EnumerateFiles(f, "train-images*idx3-ubyte*").Any())
            ?? throw new BitAnnealException($"no {name} in '{root}': looked for train-images-idx3-ubyte[.gz] there and in its folder {name}");
    }
}
