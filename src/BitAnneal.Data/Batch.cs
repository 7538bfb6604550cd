using System.Buffers;

namespace BitAnneal.Data;

/// <summary>Some images and labels, ready for a training step. Disposing it returns its buffers.</summary>
public sealed class Batch : IDisposable
{
    private float[]? pixels;

    internal Batch(int index, int count, int imageElements)
    {
        Index = index;
        Count = count;
        pixels = ArrayPool<float>.Shared.Rent(count * imageElements);
        PixelCount = count * imageElements;
        Labels = new long[count];
    }

    /// <summary>Place of the batch in its epoch, from 0.</summary>
    public int Index { get; }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>Normalised pixels, N × H × W × C.</summary>
    public ReadOnlySpan<float> Pixels => Buffer;

    /// <summary>One label per image.</summary>
    public long[] Labels { get; }

    internal Span<float> Buffer
    {
        get
        {
            ObjectDisposedException.ThrowIf(pixels is null, this);
            return pixels.AsSpan(0, PixelCount);
        }
    }

    private int PixelCount { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref pixels, null) is { } rented)
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}
