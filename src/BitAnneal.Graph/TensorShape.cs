using System.Collections.Immutable;

namespace BitAnneal.Graphs;

/// <summary>
/// The dimensions of a tensor. Values of a network are described per sample, without the batch: an image is <c>C×H×W</c>, a
/// feature vector is <c>F</c>. Parameters have their full shape, a convolution weight is <c>O×I×Kh×Kw</c>.
/// </summary>
public sealed class TensorShape : IEquatable<TensorShape>
{
    /// <summary>No shape of ours may describe more elements than this, whatever a file claims.</summary>
    public const long MaxElements = 1L << 31;

    /// <summary>Creates a shape; every dimension must be positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A dimension is not positive or the element count exceeds <see cref="MaxElements"/>.</exception>
    public TensorShape(params ReadOnlySpan<int> dimensions)
    {
        long count = 1;
        foreach (int d in dimensions)
        {
            if (d <= 0)
            {
                throw new ArgumentOutOfRangeException(nameof(dimensions), $"dimension {d} is not positive");
            }

            count *= d;
            if (count > MaxElements)
            {
                throw new ArgumentOutOfRangeException(nameof(dimensions), $"more than {MaxElements} elements");
            }
        }

        Dimensions = [.. dimensions];
        ElementCount = count;
    }

    /// <summary>The shape of a single number.</summary>
    public static TensorShape Scalar { get; } = new();

    /// <summary>The dimensions, outermost first.</summary>
    public ImmutableArray<int> Dimensions { get; }

    /// <summary>Number of dimensions.</summary>
    public int Rank => Dimensions.Length;

    /// <summary>Product of all dimensions.</summary>
    public long ElementCount { get; }

    /// <summary>One dimension, counted from the outermost.</summary>
    public int this[int axis] => Dimensions[axis];

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && Dimensions.AsSpan().SequenceEqual(other.Dimensions.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int d in Dimensions)
        {
            hash.Add(d);
        }

        return hash.ToHashCode();
    }

    /// <summary>For example <c>16x32x32</c>.</summary>
    public override string ToString() => Rank == 0 ? "scalar" : string.Join('x', Dimensions);
}
