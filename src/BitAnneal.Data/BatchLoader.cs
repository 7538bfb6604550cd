using System.Threading.Channels;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Turns images into batches on a background thread. What a batch holds depends on the seed, the epoch and its index alone, so a training
/// that starts again in the middle of an epoch sees the same images.
/// </summary>
public sealed class BatchLoader
{
    private const int Prefetch = 4;

    private readonly ImageSet images;
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
    public BatchLoader(ImageSet images, Grid grid, int batchSize, Augmentation? augmentation = null, ulong? shuffleSeed = null)
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

    /// <summary>The batches of an epoch. The caller disposes each; leaving the loop early stops the background thread.</summary>
    /// <param name="epoch">Number of the epoch, from 0.</param>
    /// <param name="firstBatch">Index of the first batch wanted.</param>
    public IEnumerable<Batch> Read(int epoch, int firstBatch = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        using var stop = new CancellationTokenSource();
        var queue = Channel.CreateBounded<Batch>(Prefetch);
        var producer = Task.Run(() => ProduceAsync(queue.Writer, epoch, firstBatch, stop.Token));
        try
        {
            while (queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (queue.Reader.TryRead(out var batch))
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            stop.Cancel();
            producer.GetAwaiter().GetResult(); // It passes its faults through the queue and never throws.
            while (queue.Reader.TryRead(out var unread))
            {
                unread.Dispose();
            }
        }
    }

    private async Task ProduceAsync(ChannelWriter<Batch> writer, int epoch, int firstBatch, CancellationToken stop)
    {
        try
        {
            int[] order = Order(epoch);
            for (int b = firstBatch; b < BatchCount && !stop.IsCancellationRequested; b++)
            {
                await writer.WriteAsync(Fill(order, epoch, b), stop).ConfigureAwait(false);
            }

            writer.Complete();
        }
        catch (OperationCanceledException)
        {
            writer.TryComplete();
        }
        catch (Exception e) // Whatever it is: a queue that nobody completes would let the reader wait for ever.
        {
            writer.TryComplete(e);
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

    private Batch Fill(int[] order, int epoch, int index)
    {
        int start = index * BatchSize, size = (int)images.Shape.ElementCount;
        var batch = new Batch(index, Math.Min(BatchSize, images.Count - start), size);
        var random = SeededRandom.ForStream(seed ^ ((ulong)index << 32), 2 * (ulong)epoch + 1);
        for (int i = 0; i < batch.Count; i++)
        {
            int image = order[start + i];
            batch.Labels[i] = images.Labels.Span[image];
            int margin = augmentation.Padding;
            int dy = margin == 0 ? 0 : random.Next(2 * margin + 1) - margin, dx = margin == 0 ? 0 : random.Next(2 * margin + 1) - margin;
            bool flip = augmentation.Flip && random.Next(2) == 1;
            Place(images.Image(image), batch.Buffer.Slice(i * size, size), dy, dx, flip);
        }

        return batch;
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
