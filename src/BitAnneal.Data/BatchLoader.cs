using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Turns images into batches on background threads, a few batches at once and ahead. What a batch holds depends on the seed, the epoch and its
/// index alone, so a training that starts again in the middle of an epoch sees the same images.
/// </summary>
public sealed class BatchLoader
{
    private const int Prefetch = 4;

    private readonly IImageSource images;
    private readonly float[] levels; // 256 real values per channel
    private readonly Augmentation augmentation;
    private readonly ulong seed;
    private readonly bool shuffle;

    /// <summary>Creates a loader.</summary>
    /// <param name="images">Where the images come from.</param>
    /// <param name="grid">What a byte means: the grid of the network's input, per tensor or per channel.</param>
    /// <param name="batchSize">Images per batch; the last batch of an epoch may be smaller.</param>
    /// <param name="augmentation">Random changes; null for none.</param>
    /// <param name="shuffleSeed">Seed of order and augmentation; null keeps the order.</param>
    public BatchLoader(IImageSource images, Grid grid, int batchSize, Augmentation? augmentation = null, ulong? shuffleSeed = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        this.images = images;
        this.augmentation = augmentation ?? Augmentation.None;
        BatchSize = batchSize;
        seed = shuffleSeed ?? 0;
        shuffle = shuffleSeed is not null;
        levels = new float[256 * images.Shape[0]];
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = grid.Dequantize(i % 256, i / 256);
        }
    }

    /// <summary>Images per batch.</summary>
    public int BatchSize { get; }

    /// <summary>Batches per epoch.</summary>
    public int BatchCount => (images.Count + BatchSize - 1) / BatchSize;

    /// <summary>The batches of an epoch. The caller disposes each; leaving the loop early stops the background threads.</summary>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="firstBatch">Index of the first batch wanted.</param>
    /// <exception cref="BitAnnealException">An image cannot be read.</exception>
    public IEnumerable<Batch> Read(int epoch, int firstBatch = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        using var stop = new CancellationTokenSource();
        var token = stop.Token;
        int[] order = Order(epoch);
        var ahead = new Queue<Task<Batch>>(Prefetch);
        int next = firstBatch;
        try
        {
            while (true)
            {
                for (; ahead.Count < Prefetch && next < BatchCount; next++)
                {
                    int index = next;
                    ahead.Enqueue(Task.Run(() => Fill(order, epoch, index, token), CancellationToken.None));
                }

                if (!ahead.TryDequeue(out var batch))
                {
                    yield break;
                }

                yield return batch.GetAwaiter().GetResult();
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var unread in ahead)
            {
                Task.WhenAny(unread).GetAwaiter().GetResult(); // Never throws: nobody asked for this batch.
                if (unread.IsCompletedSuccessfully)
                {
                    unread.Result.Dispose();
                }
            }
        }
    }

    private int[] Order(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, images.Count)];
        if (shuffle)
        {
            SeededRandom.ForStream(seed, 2 * (ulong)epoch).Shuffle<int>(order);
        }

        return order;
    }

    private Batch Fill(int[] order, int epoch, int index, CancellationToken stop)
    {
        int start = index * BatchSize, size = (int)images.Shape.ElementCount;
        var batch = new Batch(index, Math.Min(BatchSize, images.Count - start), size);
        try
        {
            var random = SeededRandom.ForStream(seed ^ ((ulong)index << 32), 2 * (ulong)epoch + 1);
            byte[] changed = new byte[size];
            for (int i = 0; i < batch.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                int image = order[start + i];
                batch.Labels[i] = images.Label(image);
                var pixels = Change(image, random, changed);
                int margin = augmentation.Padding;
                int dy = margin == 0 ? 0 : random.Next(2 * margin + 1) - margin, dx = margin == 0 ? 0 : random.Next(2 * margin + 1) - margin;
                bool flip = augmentation.Flip && random.Next(2) == 1;
                Place(pixels, batch.Buffer.Slice(i * size, size), dy, dx, flip);
            }
        }
        catch
        {
            batch.Dispose();
            throw;
        }

        return batch;
    }

    /// <summary>The image after random resized crop and jitter, in the given array when there are any.</summary>
    private ReadOnlySpan<byte> Change(int image, SeededRandom random, byte[] changed)
    {
        if (augmentation.Crop is { } crop)
        {
            crop.Apply(images.Open(image), images.Shape, random, changed);
        }
        else if (augmentation.Jitter is null)
        {
            return images.Image(image);
        }
        else
        {
            images.Image(image).CopyTo(changed);
        }

        augmentation.Jitter?.Apply(changed, images.Shape[0], random);
        return changed;
    }

    private void Place(ReadOnlySpan<byte> source, Span<float> target, int dy, int dx, bool flip)
    {
        int channels = images.Shape[0], height = images.Shape[1], width = images.Shape[2];
        for (int c = 0; c < channels; c++)
        {
            var values = levels.AsSpan(256 * c, 256);
            var plane = source.Slice(c * height * width, height * width);
            for (int y = 0; y < height; y++)
            {
                int row = y + dy;
                bool inside = row >= 0 && row < height;
                for (int x = 0; x < width; x++)
                {
                    int column = (flip ? width - 1 - x : x) + dx;
                    byte pixel = inside && column >= 0 && column < width ? plane[row * width + column] : (byte)0;
                    target[(y * width + x) * channels + c] = values[pixel];
                }
            }
        }
    }
}
