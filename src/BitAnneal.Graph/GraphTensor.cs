namespace BitAnneal.Graphs;

/// <summary>A parameter of a network: either a <see cref="FloatTensor"/> or a <see cref="QuantizedTensor"/>. Immutable.</summary>
public abstract class GraphTensor
{
    private protected GraphTensor(TensorShape shape) => Shape = shape;

    /// <summary>Full shape.</summary>
    public TensorShape Shape { get; }

    /// <summary>Bytes that the values take when stored at their true width, grids included.</summary>
    public abstract long ByteCount { get; }

    /// <summary>Whether shape and every bit of the content are the same.</summary>
    public abstract bool ContentEquals(GraphTensor other);

    /// <summary>The values as float32; codes are dequantized.</summary>
    public abstract float[] ToFloats();
}
