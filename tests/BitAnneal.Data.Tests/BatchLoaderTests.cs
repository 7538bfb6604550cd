using BitAnneal.Graphs;

namespace BitAnneal.Data.Tests;

public class BatchLoaderTests
{
    private const int Channels = 2, Height = 4, Width = 5, Count = 101;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly Grid Bytes = new(0, 255, [1f, 0.5f], [0f, 1000f]);
    private static readonly ImageSet Images = Make();

    [Fact]
    public void ValuesAreThoseOfTheGridWithTheChannelsInside()
    {
        using var batch = Assert.Single(new BatchLoader(Images.Take(3), Bytes, 8).Read(0));
        Assert.Equal(3, batch.Count);
        Assert.Equal(Expected(2, 0, 0, false), batch.Pixels[(2 * Channels * Height * Width)..].ToArray());
        Assert.Equal([0L, 1L, 2L], batch.Labels);
    }

    [Fact]
    public void TheOrderStaysWithoutASeed() => Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), Read(new BatchLoader(Images, Bytes, 10)).SelectMany(b => b.Labels));

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(101)]
    [InlineData(1000)]
    public void EveryImageComesOnceAnEpoch(int batchSize)
    {
        var loader = new BatchLoader(Images, Bytes, batchSize, Augmentation.Cifar, shuffleSeed: 3);
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var batches = Read(loader, epoch);
            Assert.Equal(loader.BatchCount, batches.Count);
            Assert.Equal(Enumerable.Range(0, loader.BatchCount), batches.Select(b => b.Index));
            Assert.All(batches.SkipLast(1), b => Assert.Equal(batchSize, b.Labels.Length));
            Assert.Equal((Count - 1) % batchSize + 1, batches[^1].Labels.Length);
            Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), batches.SelectMany(b => b.Labels).Order());
        }
    }

    [Fact]
    public void TheSameSeedGivesTheSameBatches()
    {
        BatchLoader Loader(ulong seed) => new(Images, Bytes, 16, Augmentation.Cifar, seed);
        Assert.Equal(Flat(Read(Loader(5), 2)), Flat(Read(Loader(5), 2)));
        Assert.NotEqual(Flat(Read(Loader(5), 2)), Flat(Read(Loader(6), 2)));
        Assert.NotEqual(Flat(Read(Loader(5), 2)), Flat(Read(Loader(5), 3)));
    }

    [Fact]
    public void StartingInTheMiddleOfAnEpochGivesTheSameBatches()
    {
        var whole = Read(new BatchLoader(Images, Bytes, 16, Augmentation.Cifar, 5), 4);
        for (int first = 0; first <= whole.Count + 1; first++)
        {
            Assert.Equal(Flat(whole.Skip(first)), Flat(Read(new BatchLoader(Images, Bytes, 16, Augmentation.Cifar, 5), 4, first)));
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(6, true)]
    public void AnAugmentedImageIsAShiftedOrMirroredOne(int padding, bool flip)
    {
        var seen = new HashSet<(int, int, bool)>();
        foreach (var batch in Read(new BatchLoader(Images, Bytes, 7, new Augmentation(padding, flip), 9)))
        {
            for (int i = 0; i < batch.Labels.Length; i++)
            {
                float[] actual = batch.Pixels[(i * Channels * Height * Width)..((i + 1) * Channels * Height * Width)];
                var changes = from dy in Enumerable.Range(-padding, 2 * padding + 1) from dx in Enumerable.Range(-padding, 2 * padding + 1)
                              from f in flip ? [false, true] : new[] { false }
                              where Expected((int)batch.Labels[i], dy, dx, f).SequenceEqual(actual) select (dy, dx, f);
                var found = changes.ToArray();
                Assert.NotEmpty(found);
                seen.UnionWith(found);
            }
        }

        Assert.Equal(flip ? 2 : 1, seen.Select(s => s.Item3).Distinct().Count());
        Assert.True(padding != 2 || seen.Select(s => (s.Item1, s.Item2)).Distinct().Count() > 20);
    }

    [Fact]
    public async Task LeavingEarlyStopsTheBackgroundWork()
    {
        var loader = new BatchLoader(Images, Bytes, 1, shuffleSeed: 1);
        await Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                foreach (var batch in loader.Read(i))
                {
                    batch.Dispose();
                    if (batch.Index == i % 7)
                    {
                        break;
                    }
                }
            }

            Assert.Throws<InvalidOperationException>(() =>
            {
                foreach (var batch in loader.Read(0))
                {
                    batch.Dispose();
                    throw new InvalidOperationException();
                }
            });
        }).WaitAsync(Patience);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public async Task AFaultInTheBackgroundReachesTheReader(int firstBatch) => await Task.Run(() =>
        Assert.ThrowsAny<Exception>(() => new BatchLoader(Images, Bytes, 16).Read(0, firstBatch).ToList())).WaitAsync(Patience);

    [Fact]
    public async Task ImagesThatCannotBeReadAnyMoreReachTheReader()
    {
        using var memory = new LostMemory(Images.Pixels.Length);
        var lost = new ImageSet(Images.Shape, 256, memory.Memory, Images.Labels);
        await Task.Run(() => Assert.Throws<IOException>(() => new BatchLoader(lost, Bytes, 16).Read(0).ToList())).WaitAsync(Patience);
    }

    [Fact]
    public async Task ANegativePaddingReachesTheReader() => await Task.Run(() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(Images, Bytes, 16, new Augmentation(-1, false)).Read(0).ToList())).WaitAsync(Patience);

    [Fact]
    public void DisposingTwiceReturnsABufferOnce()
    {
        var first = Assert.Single(new BatchLoader(Images.Take(2), Bytes, 2).Read(0));
        first.Dispose();
        first.Dispose();
        float[] a = System.Buffers.ArrayPool<float>.Shared.Rent(2 * Channels * Height * Width), b = System.Buffers.ArrayPool<float>.Shared.Rent(2 * Channels * Height * Width);
        Assert.NotSame(a, b);
        Assert.Throws<ObjectDisposedException>(() => first.Pixels.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void ABatchHoldsAnImage(int batchSize) => Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(Images, Bytes, batchSize));

    private static ImageSet Make()
    {
        var random = new SeededRandom(1);
        byte[] pixels = [.. Enumerable.Range(0, Count * Channels * Height * Width).Select(_ => (byte)(1 + random.Next(255)))];
        return new ImageSet(new TensorShape(Channels, Height, Width), 256, pixels, Enumerable.Range(0, Count).Select(i => (byte)i).ToArray());
    }

    /// <summary>An image, put dy rows up and dx columns to the left over black, then mirrored.</summary>
    private static float[] Expected(int image, int dy, int dx, bool flip) =>
    [
        .. from y in Enumerable.Range(0, Height) from x in Enumerable.Range(0, Width) from c in Enumerable.Range(0, Channels)
           let row = y + dy let column = (flip ? Width - 1 - x : x) + dx
           let inside = row >= 0 && row < Height && column >= 0 && column < Width
           select Bytes.Dequantize(inside ? Images.Image(image)[(c * Height + row) * Width + column] : 0, c),
    ];

    private static List<(int Index, long[] Labels, float[] Pixels)> Read(BatchLoader loader, int epoch = 0, int first = 0)
    {
        var batches = new List<(int, long[], float[])>();
        foreach (var batch in loader.Read(epoch, first))
        {
            batches.Add((batch.Index, batch.Labels, batch.Pixels.ToArray()));
            batch.Dispose();
        }

        return batches;
    }

    private static double[] Flat(IEnumerable<(int Index, long[] Labels, float[] Pixels)> batches) =>
        [.. batches.SelectMany(b => new double[] { b.Index }.Concat(b.Labels.Select(l => (double)l)).Concat(b.Pixels.Select(p => (double)p)))];
}
