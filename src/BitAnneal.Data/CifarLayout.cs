using System.Globalization;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// How a CIFAR set lies in its binary files, and the reader of such files, from the <c>.tar.gz</c> (which is never unpacked to disk) or from a
/// folder. A record is some label bytes and 3072 pixels, planar; the last label counts.
/// </summary>
/// <param name="Name">Name of the dataset, as on the command line.</param>
/// <param name="Title">Its name in messages.</param>
/// <param name="TrainFiles">Files of the training images.</param>
/// <param name="TestFile">File of the test images.</param>
/// <param name="TrainRecords">Records in each training file.</param>
/// <param name="TestRecords">Records in the test file.</param>
/// <param name="LabelLimits">One entry per label byte: the number of its classes.</param>
internal sealed record CifarLayout(string Name, string Title, string[] TrainFiles, string TestFile, int TrainRecords, int TestRecords, int[] LabelLimits)
{
    private const int ImageBytes = 3 * 32 * 32;

    private int RecordBytes => LabelLimits.Length + ImageBytes;

    /// <summary>Reads all images.</summary>
    /// <exception cref="BitAnnealException">A file is missing, has a wrong size or a label that is too large.</exception>
    public ImageDataset Read(string path)
    {
        var files = Directory.Exists(path) ? ReadFolder(path) : ReadArchive(path);
        string[] missing = [.. TrainFiles.Append(TestFile).Where(f => !files.ContainsKey(f))];
        if (missing.Length > 0)
        {
            throw new BitAnnealException($"'{path}' lacks {string.Join(", ", missing)}; the binary version of {Title} is expected");
        }

        return new ImageDataset(Name, Split([.. TrainFiles.Select(f => files[f])]), Split([files[TestFile]]));
    }

    private Dictionary<string, ReadOnlyMemory<byte>> ReadFolder(string folder)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (string name in TrainFiles.Append(TestFile).Where(f => File.Exists(Path.Combine(folder, f))))
        {
            string file = Path.Combine(folder, name);
            using var stream = DataFile.Open(file);
            files[name] = ReadRecords(stream, name, file);
        }

        return files;
    }

    private Dictionary<string, ReadOnlyMemory<byte>> ReadArchive(string path)
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        using var stream = DataFile.Open(path);
        try
        {
            TarMembers.ForEach(stream, (member, data) =>
            {
                string name = Path.GetFileName(member);
                if (TrainFiles.Contains(name) || name == TestFile)
                {
                    files[name] = ReadRecords(data, name, $"{path}:{name}");
                }
            });
        }
        catch (Exception e) when (e is IOException or InvalidDataException or ArgumentException)
        {
            throw new BitAnnealException($"'{path}' is no whole tar.gz archive: {e.Message}", e);
        }

        return files;
    }

    private ReadOnlyMemory<byte> ReadRecords(Stream stream, string file, string fullName)
    {
        int count = file == TestFile ? TestRecords : TrainRecords;
        byte[] records = new byte[RecordBytes * count + 1]; // One more, to notice a file that is too long.
        int read = DataFile.ReadUpTo(stream, records, fullName);
        if (read != records.Length - 1)
        {
            string size = read == records.Length ? "more" : read.ToString(CultureInfo.InvariantCulture);
            throw new BitAnnealException($"'{fullName}' holds {size} bytes instead of {records.Length - 1} ({count} records of {RecordBytes})");
        }

        for (int i = 0; i < count; i++)
        {
            for (int l = 0; l < LabelLimits.Length; l++)
            {
                if (records[i * RecordBytes + l] >= LabelLimits[l])
                {
                    throw new BitAnnealException($"'{fullName}' is damaged: record {i} has the label {records[i * RecordBytes + l]}");
                }
            }
        }

        return records.AsMemory(0, read);
    }

    private ImageSet Split(ReadOnlyMemory<byte>[] files)
    {
        int count = files.Sum(f => f.Length / RecordBytes), index = 0;
        byte[] pixels = new byte[count * ImageBytes], labels = new byte[count];
        foreach (var file in files)
        {
            for (int start = 0; start < file.Length; start += RecordBytes, index++)
            {
                var record = file.Span.Slice(start, RecordBytes);
                labels[index] = record[LabelLimits.Length - 1];
                record[LabelLimits.Length..].CopyTo(pixels.AsSpan(index * ImageBytes));
            }
        }

        return new ImageSet(new TensorShape(3, 32, 32), LabelLimits[^1], pixels, labels);
    }
}
