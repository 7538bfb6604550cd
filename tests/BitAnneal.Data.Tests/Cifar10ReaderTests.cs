using System.Text;
using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Data.Tests;

public sealed class Cifar10ReaderTests(CifarFiles files) : IClassFixture<CifarFiles>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ArchiveAndFolderGiveEveryImage(bool archive)
    {
        var data = Cifar10Reader.Read(archive ? files.Archive : files.Folder);
        Assert.Equal((50_000, 10_000), (data.Train.Count, data.Test.Count));
        Assert.Equal(new TensorShape(3, 32, 32), data.Train.Shape);
        for (int i = 0; i < 60_000; i++)
        {
            int file = i / 10_000, record = i % 10_000;
            var (set, index) = file < 5 ? (data.Train, i) : (data.Test, record);
            var image = set.Image(index);
            if (set.Label(index) != (file + record) % 10 || image[0] != file || image[1] != (byte)record || image[2] != record >> 8 || image[3071] != 77)
            {
                Assert.Fail($"image {i}");
            }
        }
    }

    [Fact]
    public void EveryMissingFileIsNamed()
    {
        CifarFiles.WriteArchive(folder["a.tar.gz"], [("data_batch_2.bin", CifarFiles.Records(1)), ("data_batch_1", []), ("readme.html", [1])]);
        Assert.Equal(
            $"'{folder["a.tar.gz"]}' lacks data_batch_1.bin, data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, test_batch.bin; the binary version of CIFAR-10 is expected",
            Refused(folder["a.tar.gz"]));
        Assert.Contains("lacks data_batch_1.bin", Refused(folder.Root), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CifarFiles.FileBytes - 1, "holds 30729999 bytes instead of 30730000")]
    [InlineData(CifarFiles.FileBytes + 1, "holds more bytes instead of 30730000")]
    [InlineData(0, "bytes instead of 30730000")]
    public void AFileOfAnotherSizeIsNamed(int size, string reason)
    {
        byte[] content = new byte[size];
        CifarFiles.WriteArchive(folder["a.tar.gz"], [("data_batch_4.bin", content)]);
        string message = Refused(folder["a.tar.gz"]);
        Assert.Contains(size == 0 ? "data_batch_4.bin" : $"data_batch_4.bin' {reason}", message, StringComparison.Ordinal);
        File.WriteAllBytes(folder["data_batch_4.bin"], content);
        Assert.Contains($"data_batch_4.bin' {(size == 0 ? "holds 0 " : "")}{reason}", Refused(folder.Root), StringComparison.Ordinal);
    }

    [Fact]
    public void ALabelAboveNineIsNamedWithItsRecord()
    {
        byte[] records = CifarFiles.Records(0);
        records[7 * CifarFiles.RecordBytes] = 10;
        CifarFiles.WriteArchive(folder["a.tar.gz"], [("test_batch.bin", records)]);
        Assert.Equal($"'{folder["a.tar.gz"]}:test_batch.bin' is damaged: record 7 has the label 10", Refused(folder["a.tar.gz"]));
    }

    [Theory]
    [InlineData("this is no gzip")]
    [InlineData("")]
    [InlineData("\u001f")]
    public void AFileThatIsNoGzipIsNamed(string text)
    {
        File.WriteAllText(folder["a.tar.gz"], text);
        Assert.Contains(folder["a.tar.gz"], Refused(folder["a.tar.gz"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    public void ATruncatedArchiveIsNamed(double share)
    {
        byte[] whole = File.ReadAllBytes(files.Archive);
        File.WriteAllBytes(folder["a.tar.gz"], whole.AsSpan(0, (int)(whole.Length * share)));
        Assert.Contains(folder["a.tar.gz"], Refused(folder["a.tar.gz"]), StringComparison.Ordinal);
    }

    [Fact]
    public void ATextFileIsNoArchive()
    {
        File.WriteAllText(folder["cifar.txt"], new string('x', 2000));
        Assert.Contains(folder["cifar.txt"], Refused(folder["cifar.txt"]), StringComparison.Ordinal);
        Assert.Contains(folder["none"], Refused(folder["none"]), StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedArchiveIsRefusedInOneLine()
    {
        CifarFiles.WriteArchive(folder["a.tar"], [("readme.html", Encoding.ASCII.GetBytes(new string('y', 700))), ("batches.meta.txt", [1, 2, 3])]);
        byte[] whole = File.ReadAllBytes(folder["a.tar"]);
        for (ulong seed = 1; seed <= 1500; seed++)
        {
            var random = new SeededRandom(seed);
            byte[] damaged = [.. whole];
            for (int i = 0; i < 4; i++)
            {
                damaged[random.Next(i < 2 ? 512 : damaged.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"01234567xgLK\0"[random.Next(13)];
            }

            File.WriteAllBytes(folder["a.tar"], seed % 5 == 0 ? damaged[..random.Next(damaged.Length)] : WithChecksum(damaged));
            string message = Refused(folder["a.tar"]);
            Assert.Contains("a.tar", message, StringComparison.Ordinal);
            Assert.DoesNotContain(message, char.IsControl);
        }
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public void AnExtendedHeaderThatClaimsMuchCostsNoMemory(char type)
    {
        byte[] tar = new byte[4 << 20];
        "liar"u8.CopyTo(tar);
        "07777777777"u8.CopyTo(tar.AsSpan(124));
        tar[156] = (byte)type;
        File.WriteAllBytes(folder["a.tar"], WithChecksum(tar));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("an extended header claims 1073741823 bytes", Refused(folder["a.tar"]), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static byte[] WithChecksum(byte[] tar)
    {
        tar.AsSpan(148, 8).Fill((byte)' ');
        int sum = tar.Take(512).Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar, 148);
        return tar;
    }

    private static string Refused(string path) => Assert.Throws<BitAnnealException>(() => Cifar10Reader.Read(path)).Message;
}
