using BitAnneal.Graphs.IO;
using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class AtomicFileTests
{
    [Fact]
    public void ANewFileReplacesTheOldOne()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.WriteText(folder["a"], "a long first text");
        AtomicFile.WriteText(folder["a"], "é");
        Assert.Equal([0xc3, 0xa9], File.ReadAllBytes(folder["a"]));
        Assert.Equal([folder["a"]], Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void AFailureLeavesTheOldFileAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a"], "old");
        void Fail(Exception fault) => AtomicFile.Write(folder["a"], s =>
        {
            s.Write(new byte[100_000]);
            throw fault;
        });
        Assert.Throws<InvalidOperationException>(() => Fail(new InvalidOperationException()));
        var full = Assert.Throws<BitAnnealException>(() => Fail(new IOException("No space left")));
        Assert.Equal($"cannot write '{folder["a"]}': No space left", full.Message);
        Assert.Equal("old", File.ReadAllText(folder["a"]));
        Assert.Equal([folder["a"]], Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void AFailureOfAFirstWriteLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<BitAnnealException>(() => AtomicFile.Write(folder["a"], _ => throw new IOException()));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void PlacesThatCannotBeWrittenAreNamed()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["taken"]);
        Assert.Contains(folder["none/a"], Assert.Throws<BitAnnealException>(() => AtomicFile.WriteText(folder["none/a"], "")).Message, StringComparison.Ordinal);
        Assert.Contains(folder["taken"], Assert.Throws<BitAnnealException>(() => AtomicFile.WriteText(folder["taken"], "")).Message, StringComparison.Ordinal);
        Assert.Equal([folder["taken"]], Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void TheOldFileIsWholeWhileTheNewOneIsWritten()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a"], "old");
        AtomicFile.Write(folder["a"], s =>
        {
            s.Write("new"u8);
            Assert.Equal("old", File.ReadAllText(folder["a"]));
        });
        Assert.Equal("new", File.ReadAllText(folder["a"]));
    }

    [Fact]
    public void WritersOfOneFileDoNotDisturbEachOther()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder["a"], s =>
        {
            AtomicFile.WriteText(folder["a"], "inner");
            s.Write("outer"u8);
        });
        Assert.Equal("outer", File.ReadAllText(folder["a"]));
        Parallel.For(0, 40, i => AtomicFile.WriteText(folder["a"], new string((char)('a' + i % 26), 10_000)));
        string text = File.ReadAllText(folder["a"]);
        Assert.Equal(10_000, text.Length);
        Assert.All(text, c => Assert.Equal(text[0], c));
        Assert.Equal([folder["a"]], Directory.GetFiles(folder.Root));
    }
}
