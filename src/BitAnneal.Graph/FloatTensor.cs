using System.Runtime.InteropServices;

namespace BitAnneal.Graphs;

/// <summary>A float32 parameter, row-major.</summary>
public sealed class FloatTensor : GraphTensor
{
    private readonly float[] values;

    /// <summary>Wraps values that the caller gives away; they must not be changed afterwards.</summary>
    /// <exception cref="ArgumentException">The number of values does not fit the shape.</exception>
    public FloatTensor(TensorShape shape, float[] values) : base(shape)
    {
        if (values.Length != shape.ElementCount)
        {
            throw new ArgumentException($"{values.Length} values for shape {shape}");
        }

        this.values = values;
    }

    /// <summary>The values, row-major.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <inheritdoc/>
    public override long ByteCount => sizeof(float) * Shape.ElementCount;

    /// <summary>A tensor with one value everywhere.</summary>
    public static FloatTensor Filled(TensorShape shape, float value)
    {
        float[] values = new float[shape.ElementCount];
        Array.Fill(values, value);
        return new FloatTensor(shape, values);
    }

    /// <inheritdoc/>
    public override bool ContentEquals(GraphTensor other) =>
        other is FloatTensor f && Shape.Equals(f.Shape)
        && MemoryMarshal.AsBytes(Values).SequenceEqual(MemoryMarshal.AsBytes(f.Values));

    /// <inheritdoc/>
    public override float[] ToFloats() => [.. values];
}
