using System.Buffers.Binary;
using System.IO.Compression;
using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Data.Tests;

public sealed class IdxReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public IdxReaderTests()
    {
        Write("images", Idx([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
        Write("labels", Idx([3], [9, 0, 5]));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    public void ImagesAndLabelsAreRead(string ending)
    {
        var set = IdxReader.Read(folder["images" + ending], folder["labels" + ending]);
        Assert.Equal((3, 10), (set.Count, set.ClassCount));
        Assert.Equal(new TensorShape(1, 2, 2), set.Shape);
        Assert.Equal([5, 6, 7, 8], set.Image(1).ToArray());
        Assert.Equal([9, 0, 5], set.Labels.ToArray());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 0x0d)]
    [InlineData(3, 1)]
    [InlineData(3, 4)]
    public void AnotherMagicNumberIsRefused(int place, byte value)
    {
        byte[] bytes = Idx([3, 2, 2], new byte[12]);
        bytes[place] = value;
        RefusedImages("is no IDX file of bytes with 3 dimension(s)", bytes);
    }

    [Fact]
    public void LabelsAreNoImagesAndImagesNoLabels()
    {
        Assert.Contains("labels' is no IDX file of bytes with 3", Refused("labels", "labels"), StringComparison.Ordinal);
        Assert.Contains("images' is no IDX file of bytes with 1", Refused("images", "images"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 2, 2)]
    [InlineData(-1, 2, 2)]
    [InlineData(int.MinValue, 2, 2)]
    [InlineData(int.MaxValue, 2, 2)]
    [InlineData(1_000_001, 2, 2)]
    [InlineData(3, 0, 2)]
    [InlineData(3, 4097, 2)]
    [InlineData(3, 2, -2)]
    [InlineData(1_000_000, 4096, 4096)]
    [InlineData(128, 4096, 4096)]
    public void ImpossibleSizesAreRefused(int count, int height, int width) => RefusedImages("claims impossible sizes", Idx([count, height, width], new byte[12]));

    [Fact]
    public void AClaimWithoutBytesCostsNoMemory()
    {
        Write("liar", Idx([127, 4096, 4096], new byte[100]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("is truncated: 100 of 2130706432 bytes", Refused("liar", "labels"), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void WhatIsThereIsHeldOnce()
    {
        Write("much", Idx([100, 512, 512], new byte[100 << 18]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("holds 100 images", Refused("much.gz", "labels"), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (100 << 18) + (1 << 20));
    }

    [Fact]
    public void TheContentTellsWhetherAFileIsPacked()
    {
        File.Move(folder["images"], folder["plain.gz"]);
        File.Move(folder["labels.gz"], folder["packed"]);
        Assert.Equal([9, 0, 5], IdxReader.Read(folder["plain.gz"], folder["packed"]).Labels.ToArray());
    }

    [Theory]
    [InlineData("", '.')]
    [InlineData("MNIST/raw", '-')]
    [InlineData("mnist/MNIST/raw", '-')]
    public void UsualNamesAndPlacesAreFound(string place, char beforeIdx)
    {
        Directory.CreateDirectory(folder[place]);
        foreach (string part in (string[])["train", "t10k"])
        {
            File.Copy(folder["images"], Path.Combine(folder[place], $"{part}-images{beforeIdx}idx3-ubyte"));
            File.Copy(folder["labels.gz"], Path.Combine(folder[place], $"{part}-labels{beforeIdx}idx1-ubyte.gz"));
        }

        Assert.Equal(3, DatasetCatalog.Load("mnist", folder.Root).Train.Count);
    }

    [Fact]
    public void EveryTruncationIsRefused()
    {
        byte[] whole = Idx([3, 2, 2], new byte[12]);
        for (int length = 0; length < whole.Length; length++)
        {
            RefusedImages(length < 16 ? "is no IDX file" : $"is truncated: {length - 16} of 12 bytes", whole[..length]);
        }
    }

    [Fact]
    public void EveryCutAndEveryFlippedByteGivesImagesOrOneFault()
    {
        foreach (string name in (string[])["images", "images.gz", "labels", "labels.gz"])
        {
            byte[] whole = File.ReadAllBytes(folder[name]);
            string partner = name.StartsWith('i') ? "labels" : "images";
            for (int at = 0; at < whole.Length; at++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    byte[] flipped = [.. whole];
                    flipped[at] ^= (byte)(1 << bit);
                    Try(flipped);
                }

                Try(whole[..at]);
            }

            void Try(byte[] bytes)
            {
                File.WriteAllBytes(folder["x"], bytes);
                try
                {
                    Assert.Equal(3, (partner == "labels" ? IdxReader.Read(folder["x"], folder[partner]) : IdxReader.Read(folder[partner], folder["x"])).Count);
                }
                catch (BitAnnealException e)
                {
                    Assert.Contains(folder["x"], e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void MoreBytesThanTheHeaderSaysAreRefused() => RefusedImages("is longer than its header says (12 bytes)", Idx([3, 2, 2], new byte[13]));

    [Fact]
    public void ImagesAndLabelsMustBeEquallyMany()
    {
        Write("two", Idx([2], [1, 2]));
        Assert.Equal($"'{folder["images"]}' holds 3 images, but '{folder["two"]}' 2 labels", Refused("images", "two"));
    }

    [Fact]
    public void ALabelAboveNineIsNamed()
    {
        Write("wrong", Idx([3], [9, 10, 11]));
        Assert.StartsWith($"'{folder["wrong"]}': entry 1 is the label 10, but 10 classes (0 to 9) are expected", Refused("images", "wrong"), StringComparison.Ordinal);
    }

    [Fact]
    public void DamagedGzipIsRefused()
    {
        byte[] pixels = new byte[64 * 28 * 28];
        var random = new SeededRandom(1);
        foreach (ref byte p in pixels.AsSpan())
        {
            p = (byte)random.Next(256);
        }

        Write("random", Idx([64, 28, 28], pixels));
        byte[] whole = File.ReadAllBytes(folder["random.gz"]);
        foreach (int length in new[] { 0, 1, 10, 20, 1000, whole.Length / 2, whole.Length - 500 })
        {
            File.WriteAllBytes(folder["cut.gz"], whole.AsSpan(0, length));
            Assert.Contains(folder["cut.gz"], Refused("cut.gz", "labels"), StringComparison.Ordinal);
        }

        File.WriteAllText(folder["text.gz"], "this is no gzip");
        Assert.Contains(folder["text.gz"], Refused("text.gz", "labels"), StringComparison.Ordinal);
    }

    [Fact]
    public void AFolderNamesTheFileThatItLacks()
    {
        foreach (string name in new[] { "train-images-idx3-ubyte", "t10k-images-idx3-ubyte" })
        {
            File.Copy(folder["images"], folder[name]);
        }

        File.Copy(folder["labels.gz"], folder["train-labels-idx1-ubyte.gz"]);
        string message = Assert.Throws<BitAnnealException>(() => IdxReader.ReadFolder("mnist", folder.Root)).Message;
        Assert.Equal($"'{folder.Root}' holds neither t10k-labels-idx1-ubyte nor t10k-labels-idx1-ubyte.gz", message);
        File.Copy(folder["labels"], folder["t10k-labels-idx1-ubyte"]);
        var data = IdxReader.ReadFolder("mnist", folder.Root);
        Assert.Equal(("mnist", 3, 3), (data.Name, data.Train.Count, data.Test.Count));
    }

    private void RefusedImages(string reason, byte[] bytes)
    {
        Write("damaged", bytes);
        Assert.Contains($"'{folder["damaged"]}' {reason}", Refused("damaged", "labels"), StringComparison.Ordinal);
        Assert.Contains($"'{folder["damaged.gz"]}' {reason}", Refused("damaged.gz", "labels"), StringComparison.Ordinal);
    }

    private string Refused(string images, string labels) => Assert.Throws<BitAnnealException>(() => IdxReader.Read(folder[images], folder[labels])).Message;

    private void Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(folder[name], bytes);
        using var gzip = new GZipStream(File.Create(folder[name + ".gz"]), CompressionLevel.Fastest);
        gzip.Write(bytes);
    }

    private static byte[] Idx(int[] sizes, byte[] data)
    {
        byte[] header = new byte[4 + 4 * sizes.Length];
        (header[2], header[3]) = (8, (byte)sizes.Length);
        for (int i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 + 4 * i), sizes[i]);
        }

        return [.. header, .. data];
    }
}
