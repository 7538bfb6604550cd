using System.Formats.Tar;
using System.IO.Compression;
using BitAnneal.Data;
using BitAnneal.Data.Tests;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Models;

namespace BitAnneal.Fuzz;

/// <summary>All readers by name.</summary>
internal static class Targets
{
    private static readonly Dictionary<string, Func<Target>> Known = new(StringComparer.Ordinal)
    {
        ["onnx"] = () => new OnnxTarget(),
        ["giant"] = () => new GiantTarget(),
        ["safetensors"] = () => new FileTarget(".safetensors", [Weights()], path => SafetensorsFile.Read(path)),
        ["idx"] = () => Idx(".idx3-ubyte", bytes => bytes),
        ["idx-gz"] = () => Idx(".gz", Packed),
        ["cifar"] = () => new FileTarget(".tar.gz", [Archive()], path => Cifar10Reader.Read(path)),
        ["picture"] = () => new FileTarget(".png", [TestImages.Png(9, 7), TestImages.Png(5, 5, 1), TestImages.Png(4, 6, 4), TestImages.Jpeg(), TestImages.Jpeg(progressive: true)], path => ImageDecoder.Decode(path)),
    };

    public static IEnumerable<string> Names => Known.Keys;

    public static Target Create(string name) => Known.TryGetValue(name, out var create) ? create()
        : throw new ArgumentException($"unknown reader '{name}'{NearestName.Hint(name, Known.Keys)}");

    private static byte[] Weights()
    {
        string path = Path.GetTempFileName();
        try
        {
            ParameterLoading.Save(LeNet5.Create(1), path);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static FileTarget Idx(string extension, Func<byte[], byte[]> pack)
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 9, 0, 0, 0, 7, .. new byte[20 * 9 * 7]];
        byte[] labels = [0, 0, 8, 1, 0, 0, 0, 20, .. Enumerable.Range(0, 20).Select(i => (byte)(i % 10))];
        return new FileTarget(extension, [pack(images), pack(labels)], path => IdxReader.Read(path, path));
    }

    private static byte[] Archive()
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "cifar-10-batches-bin/data_batch_1.bin") { DataStream = new MemoryStream(new byte[3073 * 4]) });
            writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, $"cifar-10-batches-bin/{new string('a', 200)}") { DataStream = new MemoryStream(new byte[64]) });
        }

        return Packed(bytes.ToArray());
    }

    private static byte[] Packed(byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.NoCompression, leaveOpen: true)) // So that damage reaches the content.
        {
            gzip.Write(content);
        }

        return bytes.ToArray();
    }
}
