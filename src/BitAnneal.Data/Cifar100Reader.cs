using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Reads the binary version of CIFAR-100, from its <c>.tar.gz</c> (which is never unpacked to disk) or from its folder. A record is the coarse
/// label (20 classes, checked and dropped), the fine label (100 classes) and 3072 pixels.
/// </summary>
public static class Cifar100Reader
{
    private static readonly CifarLayout Layout = new(
        "cifar100", "CIFAR-100", ["train.bin"], "test.bin", TrainRecords: 50_000, TestRecords: 10_000, LabelLimits: [20, 100]);

    /// <summary>Reads all 60,000 images with their fine labels.</summary>
    /// <param name="path">The archive, or the folder that holds <c>train.bin</c> and <c>test.bin</c>.</param>
    /// <exception cref="BitAnnealException">A file is missing, has a wrong size, a coarse label above 19 or a fine one above 99.</exception>
    public static ImageDataset Read(string path) => Layout.Read(path);
}
