using System.Formats.Tar;
using System.IO.Compression;
using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public sealed class Cifar100Tests : IDisposable
{
    private const int Record = 3074;

    private readonly string folder = Directory.CreateTempSubdirectory("bitanneal-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void AFolderGivesFineLabelsAndPlanarPixels()
    {
        var data = Load(WriteFolder());
        Assert.Equal(("cifar100", 50_000, 10_000, 100), (data.Name, data.Train.Count, data.Test.Count, data.Train.ClassCount));
        Assert.Equal(new TensorShape(3, 32, 32), data.Test.Shape);
        foreach (int i in (int[])[0, 1, 99, 100, 49_999])
        {
            Assert.Equal(i % 100, data.Train.Label(i));
            var image = data.Train.Image(i);
            Assert.Equal([Pixel(i, 0), Pixel(i, 1), Pixel(i, 3071)], (byte[])[image[0], image[1], image[3071]]);
        }

        Assert.Equal(DatasetCatalog.ClassCount("cifar100"), data.Train.ClassCount);
    }

    [Fact]
    public void TheArchiveHoldsTheSame()
    {
        string plain = WriteFolder(), archive = Path.Combine(folder, "cifar-100-binary.tar.gz");
        using (var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
        {
            TarFile.CreateFromDirectory(plain, gzip, includeBaseDirectory: true);
        }

        ImageSet expected = (ImageSet)Load(plain).Train, actual = (ImageSet)Load(archive).Train;
        Assert.True(expected.Pixels.Span.SequenceEqual(actual.Pixels.Span));
        Assert.True(expected.Labels.Span.SequenceEqual(actual.Labels.Span));
        Directory.Delete(plain, recursive: true);
        Assert.Equal(10_000, Load(folder).Test.Count);
    }

    [Theory]
    [InlineData(0, 20, "record 7 has the label 20")]
    [InlineData(1, 100, "record 7 has the label 100")]
    public void AWrongLabelIsFound(int place, byte label, string message)
    {
        string path = WriteFolder();
        using (var file = File.OpenWrite(Path.Combine(path, "test.bin")))
        {
            file.Position = 7 * Record + place;
            file.WriteByte(label);
        }

        AssertFault(path, message);
    }

    [Theory]
    [InlineData(-1, "instead of 30740000")]
    [InlineData(1, "holds more bytes instead of 30740000")]
    public void AWrongSizeIsFound(int difference, string message)
    {
        string path = WriteFolder();
        using (var file = File.OpenWrite(Path.Combine(path, "test.bin")))
        {
            file.SetLength(file.Length + difference);
        }

        AssertFault(path, message);
    }

    [Fact]
    public void WhatIsMissingIsNamed()
    {
        string path = WriteFolder();
        File.Delete(Path.Combine(path, "train.bin"));
        Assert.Contains("lacks train.bin", Assert.Throws<BitAnnealException>(() => Cifar100Reader.Read(path)).Message, StringComparison.Ordinal);
        Assert.Contains("CIFAR-100", Assert.Throws<BitAnnealException>(() => Load(Path.GetTempPath() + "nowhere")).Message, StringComparison.Ordinal);
    }

    private static ImageDataset Load(string path) => DatasetCatalog.Load("cifar100", path);

    private static void AssertFault(string path, string message)
    {
        string actual = Assert.Throws<BitAnnealException>(() => Load(path)).Message;
        Assert.Contains(message, actual, StringComparison.Ordinal);
        Assert.Contains("test.bin", actual, StringComparison.Ordinal);
    }

    private string WriteFolder()
    {
        string path = Directory.CreateDirectory(Path.Combine(folder, "cifar-100-binary")).FullName;
        foreach (var (name, count) in (ReadOnlySpan<(string, int)>)[("train.bin", 50_000), ("test.bin", 10_000)])
        {
            byte[] records = new byte[count * Record];
            for (int i = 0; i < count; i++)
            {
                (records[i * Record], records[i * Record + 1]) = ((byte)(i % 20), (byte)(i % 100));
                foreach (int p in (int[])[0, 1, 3071])
                {
                    records[i * Record + 2 + p] = Pixel(i, p);
                }
            }

            File.WriteAllBytes(Path.Combine(path, name), records);
        }

        return path;
    }

    private static byte Pixel(int image, int place) => (byte)(image * 7 + place);
}
