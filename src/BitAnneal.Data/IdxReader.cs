using System.Buffers.Binary;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Reads the IDX files of MNIST and its relatives, gzipped or not.</summary>
public static class IdxReader
{
    private const int MaxImages = 1_000_000, MaxSide = 4096;
    private const long MaxBytes = 1L << 31;

    /// <summary>Reads a folder with the four usual files.</summary>
    /// <param name="name">Name of the dataset.</param>
    /// <param name="folder">Holds <c>train-images-idx3-ubyte[.gz]</c> and its siblings.</param>
    /// <exception cref="BitAnnealException">A file is missing or contradicts itself or its partner.</exception>
    public static ImageDataset ReadFolder(string name, string folder) => new(
        name,
        Read(Find(folder, "train-images-idx3-ubyte"), Find(folder, "train-labels-idx1-ubyte")),
        Read(Find(folder, "t10k-images-idx3-ubyte"), Find(folder, "t10k-labels-idx1-ubyte")));

    /// <summary>Reads an image file and its labels.</summary>
    /// <exception cref="BitAnnealException">A file is missing or contradicts itself or its partner.</exception>
    public static ImageSet Read(string images, string labels)
    {
        var (imageSizes, pixels) = ReadArray(images, rank: 3);
        var (labelSizes, classes) = ReadArray(labels, rank: 1);
        if (imageSizes[0] != labelSizes[0])
        {
            throw new BitAnnealException($"'{images}' holds {imageSizes[0]} images, but '{labels}' {labelSizes[0]} labels");
        }

        int wrong = Array.FindIndex(classes, c => c > 9);
        return wrong < 0
            ? new ImageSet(new TensorShape(1, imageSizes[1], imageSizes[2]), 10, pixels, classes)
            : throw new BitAnnealException($"'{labels}': entry {wrong} is the label {classes[wrong]}, but 10 classes (0 to 9) are expected; "
                + "the pictures of a set with more, such as EMNIST letters, can be laid out as an imagefolder");
    }

    private static string Find(string folder, string stem)
    {
        string dotted = stem.Replace("-idx", ".idx", StringComparison.Ordinal); // As some archives name them.
        string[] places = [.. new[] { stem, stem + ".gz", dotted, dotted + ".gz" }.Select(n => Path.Combine(folder, n))];
        return Array.Find(places, File.Exists)
            ?? throw new BitAnnealException($"'{folder}' holds neither {stem} nor {stem}.gz");
    }

    private static (int[] Sizes, byte[] Data) ReadArray(string path, int rank)
    {
        int[] sizes;
        long count;
        using (var stream = DataFile.Open(path))
        {
            sizes = ReadSizes(stream, path, rank);
            count = sizes.Aggregate(1L, (product, size) => product * size);
            RequireLength(stream, path, count);
        }

        // Only now is it known that the bytes are there: a small file that claims much must not cost memory, and a buffer that grows costs twice.
        byte[] data = new byte[count];
        using var again = DataFile.Open(path);
        return ReadSizes(again, path, rank).AsSpan().SequenceEqual(sizes) && DataFile.ReadUpTo(again, data, path) == count ? (sizes, data)
            : throw new BitAnnealException($"'{path}' changed while it was read");
    }

    private static int[] ReadSizes(Stream stream, string path, int rank)
    {
        byte[] header = new byte[4 + 4 * rank];
        if (DataFile.ReadUpTo(stream, header, path) != header.Length || header[0] != 0 || header[1] != 0 || header[2] != 8 || header[3] != rank)
        {
            throw new BitAnnealException($"'{path}' is no IDX file of bytes with {rank} dimension(s)");
        }

        int[] sizes = new int[rank];
        long count = 1;
        for (int i = 0; i < rank; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * i));
            if (sizes[i] < 1 || sizes[i] > (i == 0 ? MaxImages : MaxSide) || (count *= sizes[i]) >= MaxBytes)
            {
                throw new BitAnnealException($"'{path}' claims impossible sizes ({string.Join('x', sizes)})");
            }
        }

        return sizes;
    }

    private static void RequireLength(Stream stream, string path, long count)
    {
        byte[] block = new byte[1 << 16];
        for (long left = count; left > 0;)
        {
            int read = DataFile.ReadUpTo(stream, block.AsSpan(0, (int)Math.Min(block.Length, left)), path);
            left -= read > 0 ? read : throw new BitAnnealException($"'{path}' is truncated: {count - left} of {count} bytes");
        }

        if (DataFile.ReadUpTo(stream, block.AsSpan(0, 1), path) != 0)
        {
            throw new BitAnnealException($"'{path}' is longer than its header says ({count} bytes)");
        }
    }
}
