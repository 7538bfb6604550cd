using System.Formats.Tar;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Reads the binary version of CIFAR-10, from its <c>.tar.gz</c> (which is never unpacked to disk) or from its folder.</summary>
public static class Cifar10Reader
{
    private const int ImageBytes = 3 * 32 * 32, RecordBytes = 1 + ImageBytes, RecordsPerFile = 10_000, Classes = 10;

    private static readonly string[] TrainFiles = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];

    private const string TestFile = "test_batch.bin";

    /// <summary>Reads all 60,000 images.</summary>
    /// <param name="path">The archive, or the folder that holds <c>data_batch_1.bin</c> and its siblings.</param>
    /// <exception cref="BitAnnealException">A file is missing, has a wrong size or a label above 9.</exception>
    public static ImageDataset Read(string path)
    {
        var files = Directory.Exists(path) ? ReadFolder(path) : ReadArchive(path);
        string[] missing = [.. TrainFiles.Append(TestFile).Where(f => !files.ContainsKey(f))];
        if (missing.Length > 0)
        {
            throw new BitAnnealException($"'{path}' lacks {string.Join(", ", missing)}; the binary version of CIFAR-10 is expected");
        }

        return new ImageDataset("cifar10", Split([.. TrainFiles.Select(f => files[f])]), Split([files[TestFile]]));
    }

    private static Dictionary<string, byte[]> ReadFolder(string folder)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in TrainFiles.Append(TestFile).Where(f => File.Exists(Path.Combine(folder, f))))
        {
            string file = Path.Combine(folder, name);
            using var stream = DataFile.Open(file);
            files[name] = ReadRecords(stream, file);
        }

        return files;
    }

    private static Dictionary<string, byte[]> ReadArchive(string path)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var stream = DataFile.Open(path);
        try
        {
            using var tar = new TarReader(stream);
            while (tar.GetNextEntry() is { } entry)
            {
                string name = Path.GetFileName(entry.Name);
                if (entry.DataStream is { } data && (TrainFiles.Contains(name) || name == TestFile))
                {
                    files[name] = ReadRecords(data, $"{path}:{name}");
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException)
        {
            throw new BitAnnealException($"'{path}' is no whole tar.gz archive: {e.Message}", e);
        }

        return files;
    }

    private static byte[] ReadRecords(Stream stream, string name)
    {
        byte[] records = new byte[RecordBytes * RecordsPerFile + 1]; // One more, to notice a file that is too long.
        int read = DataFile.ReadUpTo(stream, records, name);
        if (read != records.Length - 1)
        {
            string size = read == records.Length ? "more" : read.ToString(System.Globalization.CultureInfo.InvariantCulture);
            throw new BitAnnealException($"'{name}' holds {size} bytes instead of {records.Length - 1} ({RecordsPerFile} records of {RecordBytes})");
        }

        for (int i = 0; i < RecordsPerFile; i++)
        {
            if (records[i * RecordBytes] >= Classes)
            {
                throw new BitAnnealException($"'{name}' is damaged: record {i} has the label {records[i * RecordBytes]}");
            }
        }

        return records;
    }

    private static ImageSet Split(byte[][] files)
    {
        byte[] pixels = new byte[files.Length * RecordsPerFile * ImageBytes], labels = new byte[files.Length * RecordsPerFile];
        for (int i = 0; i < labels.Length; i++)
        {
            var record = files[i / RecordsPerFile].AsSpan(i % RecordsPerFile * RecordBytes, RecordBytes);
            labels[i] = record[0];
            record[1..].CopyTo(pixels.AsSpan(i * ImageBytes));
        }

        return new ImageSet(new TensorShape(3, 32, 32), Classes, pixels, labels);
    }
}
