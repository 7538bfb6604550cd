using System.Collections.Immutable;
using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>
/// Picture files in one folder per class. A file is read and decoded when it is asked for and kept nowhere, so memory does not grow with
/// the number of images. For evaluation its short side is scaled to <see cref="ShortSide"/> and a square is cut out of the middle.
/// </summary>
public sealed class ImageFolder : IImageSource
{
    private readonly string folder;
    private readonly ArraySegment<(int Label, string Name)> files;

    internal ImageFolder(string folder, ImmutableArray<string> classes, ArraySegment<(int Label, string Name)> files, int size, int shortSide)
    {
        this.folder = folder;
        this.files = files;
        Classes = classes;
        Shape = new TensorShape(3, size, size);
        ShortSide = shortSide;
    }

    /// <summary>Names of the classes; the index is the label.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>Pixels of the short side before the middle is cut out.</summary>
    public int ShortSide { get; }

    /// <inheritdoc/>
    public TensorShape Shape { get; }

    /// <inheritdoc/>
    public int ClassCount => Classes.Length;

    /// <inheritdoc/>
    public int Count => files.Count;

    /// <inheritdoc/>
    public int Label(int index) => files[index].Label;

    /// <summary>Path of an image.</summary>
    public string PathOf(int index) => Path.Combine(folder, files[index].Name);

    /// <inheritdoc/>
    public Picture Open(int index) => ImageDecoder.Decode(PathOf(index));

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Image(int index)
    {
        var picture = Open(index);
        int shorter = Math.Min(picture.Height, picture.Width), size = Shape[1];
        int height = (int)((long)ShortSide * picture.Height / shorter), width = (int)((long)ShortSide * picture.Width / shorter);
        var middle = new Region(Middle(height - size), Middle(width - size), size, size);
        byte[] image = new byte[Shape.ElementCount];
        Resampler.Scale(picture, new Region(0, 0, picture.Height, picture.Width), height, width, middle, image);
        return image;
    }

    /// <inheritdoc/>
    public IImageSource Take(int count) => count >= Count ? this : new ImageFolder(folder, Classes, files[..count], Shape[1], ShortSide);

    private static int Middle(int margin) => (int)Math.Round(margin / 2.0, MidpointRounding.ToEven);
}
