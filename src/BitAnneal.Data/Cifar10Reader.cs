using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Reads the binary version of CIFAR-10, from its <c>.tar.gz</c> (which is never unpacked to disk) or from its folder.</summary>
public static class Cifar10Reader
{
    private static readonly CifarLayout Layout = new(
        "cifar10", "CIFAR-10", ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"], "test_batch.bin",
        TrainRecords: 10_000, TestRecords: 10_000, LabelLimits: [10]);

    /// <summary>Reads all 60,000 images.</summary>
    /// <param name="path">The archive, or the folder that holds <c>data_batch_1.bin</c> and its siblings.</param>
    /// <exception cref="BitAnnealException">A file is missing, has a wrong size or a label above 9.</exception>
    public static ImageDataset Read(string path) => Layout.Read(path);
}
