using System.Formats.Tar;
using System.IO.Compression;
using BitAnneal.Tests;

namespace BitAnneal.Data.Tests;

/// <summary>A whole CIFAR-10 as archive and as folder, made once: record r of file f has the label (f + r) mod 10 and the pixels f, r mod 256, r / 256, 0, ...</summary>
public sealed class CifarFiles : IDisposable
{
    public const int RecordBytes = 3073, FileBytes = 10_000 * RecordBytes;

    private readonly TemporaryFolder folder = new();

    public CifarFiles()
    {
        Directory.CreateDirectory(Folder);
        for (int f = 0; f < Names.Count; f++)
        {
            File.WriteAllBytes(Path.Combine(Folder, Names[f]), Records(f));
        }

        WriteArchive(Archive, Names.Select(n => (n, File.ReadAllBytes(Path.Combine(Folder, n)))));
    }

    public static IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin"), "test_batch.bin"];

    public string Folder => folder["cifar-10-batches-bin"];

    public string Archive => folder["cifar-10-binary.tar.gz"];

    public static byte[] Records(int file)
    {
        byte[] bytes = new byte[FileBytes];
        for (int r = 0; r < 10_000; r++)
        {
            var record = bytes.AsSpan(r * RecordBytes);
            (record[0], record[1], record[2], record[3], record[RecordBytes - 1]) = ((byte)((file + r) % 10), (byte)file, (byte)r, (byte)(r >> 8), 77);
        }

        return bytes;
    }

    public static void WriteArchive(string path, IEnumerable<(string Name, byte[] Content)> members)
    {
        using var file = File.Create(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar);
        foreach (var (name, content) in members)
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"cifar-10-batches-bin/{name}") { DataStream = new MemoryStream(content) });
        }
    }

    public void Dispose() => folder.Dispose();
}
