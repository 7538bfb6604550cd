using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Some images of a source, of every class alike.</summary>
public sealed class ImageSubset : IImageSource
{
    private const ulong Stream = 1UL << 48; // Apart from the streams of everything else that a seed draws.

    private readonly IImageSource source;
    private readonly ArraySegment<int> indices;

    private ImageSubset(IImageSource source, ArraySegment<int> indices)
    {
        this.source = source;
        this.indices = indices;
    }

    /// <inheritdoc/>
    public TensorShape Shape => source.Shape;

    /// <inheritdoc/>
    public int ClassCount => source.ClassCount;

    /// <inheritdoc/>
    public int Count => indices.Count;

    /// <summary>Draws images: as many of every class as there can be, and in the order of the source.</summary>
    /// <param name="source">All images.</param>
    /// <param name="count">How many; where there are fewer, the source itself is the answer.</param>
    /// <param name="seed">Which: the same seed draws the same ones.</param>
    public static IImageSource Draw(IImageSource source, int count, ulong seed)
    {
        if (count >= source.Count)
        {
            return source;
        }

        var random = SeededRandom.ForStream(seed, Stream);
        int[][] classes = [.. Enumerable.Range(0, source.Count).GroupBy(source.Label).OrderBy(g => g.Key).Select(g => g.ToArray())];
        foreach (int[] ofClass in classes)
        {
            random.Shuffle(ofClass.AsSpan());
        }

        random.Shuffle(classes.AsSpan()); // So that fewer images than classes are not always of the same ones.
        int[] drawn = [.. Enumerable.Range(0, classes.Max(c => c.Length)).SelectMany(round => classes.Where(c => round < c.Length).Select(c => c[round])).Take(count).Order()];
        return new ImageSubset(source, drawn);
    }

    /// <inheritdoc/>
    public int Label(int index) => source.Label(indices[index]);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Image(int index) => source.Image(indices[index]);

    /// <inheritdoc/>
    public Picture Open(int index) => source.Open(indices[index]);

    /// <inheritdoc/>
    public IImageSource Take(int count) => count >= Count ? this : new ImageSubset(source, indices[..count]);
}
