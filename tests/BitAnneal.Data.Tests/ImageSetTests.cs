using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public class ImageSetTests
{
    private static readonly ImageSet Set = new(new TensorShape(1, 1, 2), 3, new byte[] { 1, 2, 3, 4, 5, 6 }, new byte[] { 0, 2, 1 });

    [Fact]
    public void ImagesAreCutFromThePixels() => Assert.Equal([3, 4], Set.Image(1).ToArray());

    [Fact]
    public void TakeKeepsTheFirst()
    {
        Assert.Equal([1, 2, 3, 4], Set.Take(2).Pixels.ToArray());
        Assert.Equal([0, 2], Set.Take(2).Labels.ToArray());
        Assert.Same(Set, Set.Take(3));
        Assert.Same(Set, Set.Take(100));
    }

    [Fact]
    public void SizesThatDisagreeAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new ImageSet(new TensorShape(1, 1, 2), 3, new byte[5], new byte[3]));
        Assert.Throws<ArgumentException>(() => new ImageSet(new TensorShape(2), 3, new byte[6], new byte[3]));
        Assert.Throws<ArgumentException>(() => new ImageSet(new TensorShape(1, 1, 2), 3, Array.Empty<byte>(), Array.Empty<byte>()));
        Assert.Contains("label 3 with 3 classes", Assert.Throws<ArgumentException>(() => new ImageSet(new TensorShape(1, 1, 2), 3, new byte[2], new byte[] { 3 })).Message, StringComparison.Ordinal);
    }
}
