using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Labelled byte images in memory, planar (channels, rows, columns).</summary>
public sealed class ImageSet : IImageSource
{
    /// <summary>Takes over the arrays.</summary>
    /// <param name="shape">C × H × W of one image.</param>
    /// <param name="classCount">Number of classes, at most 256.</param>
    /// <param name="pixels">All images one after another.</param>
    /// <param name="labels">One label per image.</param>
    /// <exception cref="ArgumentException">The sizes disagree or a label is too large.</exception>
    public ImageSet(TensorShape shape, int classCount, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<byte> labels)
    {
        if (shape.Rank != 3 || pixels.Length != shape.ElementCount * labels.Length || labels.Length == 0)
        {
            throw new ArgumentException($"{pixels.Length} pixels for {labels.Length} images of shape {shape}");
        }

        foreach (byte label in labels.Span)
        {
            if (label >= classCount)
            {
                throw new ArgumentException($"label {label} with {classCount} classes");
            }
        }

        Shape = shape;
        ClassCount = classCount;
        Pixels = pixels;
        Labels = labels;
    }

    /// <summary>C × H × W of one image.</summary>
    public TensorShape Shape { get; }

    /// <summary>Number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>All pixels.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary>All labels.</summary>
    public ReadOnlyMemory<byte> Labels { get; }

    /// <summary>The bytes of one image.</summary>
    public ReadOnlySpan<byte> Image(int index) => Pixels.Span.Slice(index * (int)Shape.ElementCount, (int)Shape.ElementCount);

    /// <inheritdoc/>
    public int Label(int index) => Labels.Span[index];

    /// <inheritdoc/>
    public Picture Open(int index) => new(Image(index), Shape[0], Shape[1], Shape[2], interleaved: false);

    /// <inheritdoc/>
    IImageSource IImageSource.Take(int count) => Take(count);

    /// <summary>The first images.</summary>
    public ImageSet Take(int count) => count >= Count ? this : new ImageSet(Shape, ClassCount, Pixels[..(count * (int)Shape.ElementCount)], Labels[..count]);
}
