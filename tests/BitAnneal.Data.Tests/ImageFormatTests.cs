using System.Buffers.Binary;
using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Data.Tests;

/// <summary>Formats of pictures, names of folders, and what is said of files that are not read.</summary>
public sealed class ImageFormatTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FourComponentsWithoutAWordFromAdobeAreCmyk()
    {
        Write("train/a/x.jpg", Convert.FromBase64String(Cmyk));
        Write("val/a/x.png", TestImages.Png(4, 4));
        var picture = ImageFolderReader.Read(folder.Root).Train.Open(0);
        byte[] expected = [160, 40, 100]; // As Pillow 9.4 reads it.
        for (int c = 0; c < 3; c++)
        {
            Assert.InRange(picture.Bytes[(5 * picture.Width + 20) * 3 + c], expected[c] - 4, expected[c] + 4);
        }
    }

    [Fact]
    public void WhatTheDecoderKnowsIsReadAndTheRestIsNamed()
    {
        foreach (string split in (string[])["train", "val"])
        {
            Write($"{split}/a/1.png", TestImages.Png(2, 2));
            Write($"{split}/a/2.bmp", Bmp(2, 2));
            Write($"{split}/a/3.gif", Convert.FromBase64String("R0lGODdhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs="));
            Write($"{split}/a/4.webp", [1]);
            Write($"{split}/a/5\n.tif", [1]);
        }

        var data = ImageFolderReader.Read(folder.Root);
        Assert.Equal((3, 3), (data.Train.Count, data.Test.Count));
        Assert.Equal((2, 2), (data.Train.Open(1).Height, data.Train.Open(1).Width));
        Assert.Equal([3, 2, 1, 6, 5, 4], data.Train.Open(1).Bytes[..6].ToArray());
        Assert.Equal((1, 1), (data.Train.Open(2).Height, data.Train.Open(2).Width));
        data.RequireReadable();
        Assert.Contains(data.Notes, n => n.Contains("one class only, a", StringComparison.Ordinal));
        string[] passedOver = [.. data.Notes.Where(n => n.Contains("2 entries are passed over", StringComparison.Ordinal))];
        Assert.Equal(2, passedOver.Length);
        Assert.All(passedOver, n => Assert.EndsWith(@"a/4.webp, a/5\n.tif", n, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("val")]
    [InlineData("valid")]
    [InlineData("validation")]
    [InlineData("test")]
    public void TheFolderToJudgeByMayHaveAnyUsualNameAndAMissingClassIsNamed(string validation)
    {
        Write("train/caf\u00e9/1.png", TestImages.Png(2, 2));
        Write("train/tea/1.png", TestImages.Png(2, 2));
        Write($"{validation}/caf\u00e9/1.png", TestImages.Png(2, 2));
        var data = DatasetCatalog.Load("imagefolder", folder.Root);
        Assert.Equal((1, 0), (data.Test.Count, data.Test.Label(0)));
        Assert.Equal([$"'{folder[validation]}' lacks the class: tea"], data.Notes);
    }

    [Fact]
    public void TwoSpellingsOfOneNameAreShown()
    {
        Write("train/caf\u00e9/1.png", TestImages.Png(2, 2));
        Write("train/tea/1.png", TestImages.Png(2, 2));
        Write("val/cafe\u0301/1.png", TestImages.Png(2, 2));
        string message = Assert.Throws<BitAnnealException>(() => ImageFolderReader.Read(folder.Root)).Message;
        Assert.EndsWith(
            @"(spelled cafe\u0301), which '" + folder["train"] + "' does not have; it has caf\u00e9 (spelled caf\\u00e9): rename one of them", message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadPicturesAreFoundBeforeARun()
    {
        Write("train/a/1.png", TestImages.Png(2, 2));
        Write("val/a/1.png", TestImages.Png(2, 2));
        Write("val/a/2.png", TestImages.Png(2, 2)[..50]);
        Write("val/a/3.jpg", TestImages.Jpeg()[..200]);
        string message = Assert.Throws<BitAnnealException>(() => ImageFolderReader.Read(folder.Root).RequireReadable()).Message;
        Assert.StartsWith($"'{folder["val/a/2.png"]}' is damaged", message, StringComparison.Ordinal);
        Assert.Contains("1 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryCutAndEveryFlippedByteGivesAPictureOrOneFault()
    {
        byte[][] files = [TestImages.Png(3, 3), TestImages.Jpeg(), TestImages.Jpeg(progressive: true), Convert.FromBase64String(Cmyk), Bmp(3, 2),
            Convert.FromBase64String("R0lGODdhAQABAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=")];
        Write("val/a/1.png", TestImages.Png(2, 2));
        Write("train/a/x.png", []);
        var images = ImageFolderReader.Read(folder.Root, 4, 4).Train;
        foreach (byte[] file in files)
        {
            for (int at = 0; at < file.Length; at++)
            {
                byte[] flipped = [.. file];
                flipped[at] ^= (byte)(1 << at % 8);
                Try(flipped);
                Try(file[..at]);
            }
        }

        void Try(byte[] bytes)
        {
            Write("train/a/x.png", bytes);
            try
            {
                Assert.Equal(48, images.Image(0).Length);
            }
            catch (BitAnnealException e)
            {
                Assert.Contains("x.png", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("u0000", e.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>24 bits, rows upward: blue, green, red = 1, 2, 3, ... from the upper left on.</summary>
    private static byte[] Bmp(int width, int height)
    {
        int row = (3 * width + 3) / 4 * 4;
        byte[] file = new byte[54 + row * height];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        (file[10], file[14], file[18], file[22], file[26], file[28]) = (54, 40, (byte)width, (byte)height, 1, 24);
        for (int y = 0; y < height; y++)
        {
            for (int i = 0; i < 3 * width; i++)
            {
                file[54 + (height - 1 - y) * row + i] = (byte)(3 * width * y + i + 1);
            }
        }

        return file;
    }

    private void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[path])!);
        File.WriteAllBytes(folder[path], bytes);
    }

    private const string Cmyk =
        "/9j/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAAUCAAgACAEQxEATREAWREASxEA/8QAHw" +
        "AAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJico" +
        "KSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+" +
        "Tl5ufo6erx8vP09fb3+Pn6/9oADgRDAE0AWQBLAAA/APxv/Zt/5d/wr8b/APhm3/pw/wDHa/G/4bfDb/V/6P6dq/fyv0A/Zt/5d/wo/wCGbf8Apw/8dr6A+G3w2/1f+j+n" +
        "aiv0A/Zt/wCXf8KP+Gbf+nD/AMdr6A+G3w2/1f8Ao/p2or9AP2bf+Xf8KP8Ahm3/AKcP/Ha+gPht8Nv9X/o/p2or+P8A/Zt/5d/wr9AP+Gbf+nD/AMdr8/8A4bfDb/V/6P" +
        "6dqK/QD9m3/l3/AAo/4Zt/6cP/AB2voD4bfDb/AFf+j+naiv0A/Zt/5d/wo/4Zt/6cP/Ha+gPht8Nv9X/o/p2or9AP2bf+Xf8ACj/hm3/pw/8AHa+gPht8Nv8AV/6P6dqK" +
        "/j//AGbf+Xf8K/QD/hm3/pw/8dr8/wD4bfDb/V/6P6dqK/QD9m3/AJd/wo/4Zt/6cP8Ax2voD4bfDb/V/wCj+naiv0A/Zt/5d/wo/wCGbf8Apw/8dr6A+G3w2/1f+j+nai" +
        "v0A/Zt/wCXf8KP+Gbf+nD/AMdr6A+G3w2/1f8Ao/p2or+P/wDZt/5d/wAK/QD/AIZt/wCnD/x2vz/+G3w2/wBX/o/p2or9AP2bf+Xf8KP+Gbf+nD/x2voD4bfDb/V/6P6d" +
        "qK/QD9m3/l3/AAo/4Zt/6cP/AB2voD4bfDb/AFf+j+naiv0A/Zt/5d/wo/4Zt/6cP/Ha+gPht8Nv9X/o/p2or//Z";
}
