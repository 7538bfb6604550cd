using BitAnneal.Graphs;

namespace BitAnneal.Data;

/// <summary>Labelled images that a network learns from or is judged by. Every member may be called from several threads at once.</summary>
public interface IImageSource
{
    /// <summary>C × H × W of what <see cref="Image"/> gives.</summary>
    TensorShape Shape { get; }

    /// <summary>Number of classes.</summary>
    int ClassCount { get; }

    /// <summary>Number of images.</summary>
    int Count { get; }

    /// <summary>The class of an image, from 0.</summary>
    int Label(int index);

    /// <summary>An image as a network is judged by it: planar bytes of <see cref="Shape"/>, nothing random.</summary>
    /// <exception cref="BitAnnealException">The image cannot be read.</exception>
    ReadOnlySpan<byte> Image(int index);

    /// <summary>An image as it is stored, of whatever height and width: what a random crop is cut from.</summary>
    /// <exception cref="BitAnnealException">The image cannot be read.</exception>
    Picture Open(int index);

    /// <summary>The first images; all of them when there are fewer.</summary>
    IImageSource Take(int count);
}
