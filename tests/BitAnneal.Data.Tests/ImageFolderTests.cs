using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public sealed class ImageFolderTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("bitanneal-test-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void LabelsFollowTheSortedFoldersAndOtherFilesAreSkipped()
    {
        Fill();
        Write("train/bee/notes.txt", [1]);
        Write("train/.hidden/a.png", [1]);
        Write("train/bee/.a.png", [1]);
        var data = DatasetCatalog.Load("imagefolder", root);
        var train = Assert.IsType<ImageFolder>(data.Train);
        Assert.Equal(["Zebra", "ant", "bee"], train.Classes.AsEnumerable());
        Assert.Equal([0, 1, 1, 2, 2], Enumerable.Range(0, train.Count).Select(train.Label));
        Assert.Equal(["z.jpg", "a.png", "b.JPEG", "c.png", "d.jpeg"], Enumerable.Range(0, train.Count).Select(i => Path.GetFileName(train.PathOf(i))));
        Assert.Equal(new TensorShape(3, 224, 224), train.Shape);
        Assert.Equal([1, 2], Enumerable.Range(0, data.Test.Count).Select(data.Test.Label));
        Assert.Equal((3, 3), (data.Test.ClassCount, DatasetCatalog.ClassCount("imagefolder", root)));
        Assert.Equal([0, 1], Enumerable.Range(0, 2).Select(train.Take(2).Label));
        Assert.Equal(2, train.Take(2).Count);
    }

    [Fact]
    public void AThousandClassesKeepTheirLabels()
    {
        for (int c = 0; c < 300; c++)
        {
            Write($"train/c{c:D3}/x.png", TestImages.Png(4, 4));
        }

        Write("val/c299/x.png", TestImages.Png(4, 4));
        var data = ImageFolderReader.Read(root, 4, 4);
        using var batch = new BatchLoader(data.Test, new Grid(0, 255, [1], [0]), 8).Read(0).Single();
        Assert.Equal([299], batch.Labels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void GreyBecomesColourAndTransparencyIsDropped(int channels)
    {
        var image = One("x.png", TestImages.Png(6, 6, channels), 6, 6).Image(0);
        for (int i = 0; i < image.Length; i++)
        {
            Assert.Equal(TestImages.Pattern(channels == 1 ? 0 : i / 36, i % 36 / 6, i % 6), image[i]);
        }
    }

    /// <summary>Expected: Pillow 9.4, resize(BILINEAR) of 13×9 to 8×6, then the middle 5×5 as torchvision cuts it. Pillow rounds twice.</summary>
    [Fact]
    public void EvaluationScalesTheShortSideAndCutsTheMiddle()
    {
        byte[] expected =
        [
            155, 142, 81, 93, 133, 97, 99, 144, 142, 118, 120, 136, 114, 138, 143, 133, 97, 145, 118, 120, 110, 134, 133, 131, 84,
            140, 75, 116, 133, 144, 97, 144, 119, 108, 114, 151, 86, 120, 125, 96, 112, 142, 129, 102, 145, 126, 84, 144, 112, 111,
            76, 132, 132, 159, 99, 154, 103, 99, 132, 157, 125, 122, 149, 141, 122, 129, 101, 118, 161, 128, 103, 120, 150, 117, 131,
        ];
        AssertClose(expected, One("x.png", TestImages.Png(13, 9), 5, 6).Image(0), 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void JpegFilesAreDecoded(bool progressive)
    {
        var picture = One("x.jpg", TestImages.Jpeg(progressive), 8, 8).Open(0);
        Assert.Equal((24, 40, 3), (picture.Height, picture.Width, picture.Channels));
        for (int i = 0; i < 24 * 40; i++)
        {
            AssertClose([(byte)(6 * (i % 40)), (byte)(10 * (i / 40)), (byte)(255 - 6 * (i % 40))], picture.Bytes.Slice(3 * i, 3), 16);
        }
    }

    [Fact]
    public void ABatchDependsOnSeedEpochAndIndexAlone()
    {
        Fill();
        var train = ImageFolderReader.Read(root, 8, 10).Train;
        var augmentation = Augmentation.ImageNet with { Jitter = new ColourJitter(0.4, 0.4, 0.4) };
        float[][] Epoch(ulong seed, int epoch, int first = 0) => [.. new BatchLoader(train, new Grid(0, 255, [1], [0]), 2, augmentation, seed).Read(epoch, first).Select(b =>
        {
            using (b)
            {
                return (float[])[.. b.Pixels, .. b.Labels];
            }
        })];
        var once = Epoch(1, 4);
        Assert.Equal(3, once.Length);
        Assert.Equal(once, Epoch(1, 4));
        Assert.Equal(once[2..], Epoch(1, 4, 2));
        Assert.NotEqual(once, Epoch(1, 5));
        Assert.NotEqual(once, Epoch(2, 4));
    }

    public static TheoryData<string, byte[], string> Damaged { get; } = new()
    {
        { "x.png", TestImages.Png(40, 40)[..300], "damaged" },
        { "x.png", [.. TestImages.Png(40, 40)[..60], .. new byte[400]], "damaged" },
        { "x.jpg", TestImages.Jpeg()[..400], "end too early" },
        { "x.jpg", TestImages.Jpeg()[..100], "end too early" },
        { "x.jpg", [], "is no JPEG, PNG, BMP or GIF file" },
        { "x.jpg", [.. "GIF89a"u8, .. new byte[100]], "claims 0x0 pixels" },
        { "x.png", TestImages.Png(16_000, 16_000, 2, new byte[99]), "claims 16000x16000 pixels" },
        { "x.png", TestImages.Png(1 << 20, 1 << 20, 2, new byte[99]), "too large" },
        { "x.png", TestImages.Png(20_000, 1, 2, new byte[99]), "claims 20000x1 pixels" },
        { "x.png", TestImages.Png(8193, 8192, 2, new byte[99]), "claims 8193x8192 pixels" },
        { "x.png", TestImages.Png(0, 5, 2, new byte[99]), "damaged" },
        { "x.jpg", Enlarged(TestImages.Jpeg()), "claims 16000x16000 pixels" },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void ADamagedFileIsNamedInOneFault(string name, byte[] bytes, string message)
    {
        var images = One(name, bytes, 8, 8);
        var loader = new BatchLoader(images, new Grid(0, 255, [1], [0]), 2, Augmentation.ImageNet, 1);
        foreach (string fault in (string[])
            [Assert.Throws<BitAnnealException>(() => images.Image(0).Length).Message, Assert.Throws<BitAnnealException>(() => loader.Read(0).Count()).Message])
        {
            Assert.Contains(message, fault, StringComparison.Ordinal);
            Assert.Contains(images.PathOf(0), fault, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FlippedBytesGiveAPictureOrOneFault()
    {
        var random = new SeededRandom(5);
        byte[][] files = [TestImages.Png(20, 20), TestImages.Jpeg(), TestImages.Jpeg(progressive: true)];
        for (int round = 0; round < 600; round++)
        {
            byte[] bytes = [.. files[round % 3]];
            for (int i = random.Next(4); i >= 0; i--)
            {
                bytes[8 + random.Next(bytes.Length - 8)] = (byte)random.Next(256);
            }

            var images = One("x.png", bytes, 8, 8);
            try
            {
                Assert.Equal(192, images.Image(0).Length);
            }
            catch (BitAnnealException e)
            {
                Assert.Contains("x.png", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void AWrongLayoutIsExplained()
    {
        void AssertFault(string message) =>
            Assert.Contains(message, Assert.Throws<BitAnnealException>(() => DatasetCatalog.Load("imagefolder", root)).Message, StringComparison.Ordinal);
        AssertFault("looked for train/CLASS and val/CLASS");
        Directory.CreateDirectory(Path.Combine(root, "train", "ant"));
        Directory.CreateDirectory(Path.Combine(root, "val"));
        AssertFault("holds no .jpg, .jpeg, .png, .bmp or .gif file");
        Write("train/ant/a.png", TestImages.Png(4, 4));
        AssertFault("one per class is expected");
        Write("val/bee/a.png", TestImages.Png(4, 4));
        AssertFault("holds the class bee");
    }

    [Fact]
    public void ASmallFileThatClaimsOrUnpacksToMuchCostsNoMemory()
    {
        byte[] liar = TestImages.Png(4, 4);
        (liar[33], liar[34], liar[35], liar[36]) = (0x3f, 0xff, 0xff, 0xf0); // The length of the picture data.
        foreach (var (bytes, message) in ((byte[], string)[])
            [(liar, "claims 1073741808 bytes"), (TestImages.Png(1, 1, 2, new byte[200 << 20]), "longer than its header says (4 bytes)")])
        {
            var images = One("x.png", bytes, 8, 8);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains(message, Assert.Throws<BitAnnealException>(() => images.Image(0).Length).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        }
    }

    private static byte[] Enlarged(byte[] jpeg)
    {
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xff, 0xc0]);
        (jpeg[frame + 5], jpeg[frame + 6], jpeg[frame + 7], jpeg[frame + 8]) = (0x3e, 0x80, 0x3e, 0x80);
        return jpeg;
    }

    private static void AssertClose(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
        }
    }

    private ImageFolder One(string name, byte[] bytes, int size, int shortSide)
    {
        Write($"train/a/{name}", bytes);
        Write("val/a/x.png", TestImages.Png(4, 4));
        return (ImageFolder)ImageFolderReader.Read(root, size, shortSide).Train;
    }

    private void Fill()
    {
        Write("train/bee/d.jpeg", TestImages.Jpeg());
        Write("train/bee/c.png", TestImages.Png(13, 9, 1));
        Write("train/ant/b.JPEG", TestImages.Jpeg(progressive: true));
        Write("train/ant/a.png", TestImages.Png(13, 40));
        Write("train/Zebra/z.jpg", TestImages.Png(30, 20)); // A PNG under the wrong name, as ImageNet has one.
        Write("val/ant/a.png", TestImages.Png(5, 5));
        Write("val/bee/b.png", TestImages.Png(5, 5));
    }

    private void Write(string path, byte[] bytes)
    {
        string full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
