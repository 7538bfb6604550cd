namespace BitAnneal.Graphs;

/// <summary>A parameter that exists as codes on a grid; no float copy is kept.</summary>
public sealed class QuantizedTensor : GraphTensor
{
    /// <summary>Joins codes and grid.</summary>
    /// <param name="shape">Full shape; dimension 0 is the channel axis.</param>
    /// <param name="grid">Per tensor, or with one entry per <c>shape[0]</c>.</param>
    /// <param name="codes">Codes counted from <see cref="Grid.MinCode"/>, packed at <see cref="Grid.Bits"/>.</param>
    /// <exception cref="ArgumentException">Count, width or a code does not fit.</exception>
    public QuantizedTensor(TensorShape shape, Grid grid, PackedCodes codes) : base(shape)
    {
        if (codes.Count != shape.ElementCount || codes.Bits != grid.Bits)
        {
            throw new ArgumentException($"{codes.Count} codes of {codes.Bits} bits for shape {shape} and a grid of {grid.Bits} bits");
        }

        if (grid.IsPerChannel && (shape.Rank == 0 || grid.Scales.Length != shape[0]))
        {
            throw new ArgumentException($"a grid of {grid.Scales.Length} channels for shape {shape}");
        }

        if (grid.LevelCount != 1 << grid.Bits)
        {
            for (int i = 0; i < codes.Count; i++)
            {
                if (codes[i] >= grid.LevelCount)
                {
                    throw new ArgumentException($"code {codes[i] + grid.MinCode} at {i} is above the largest code {grid.MaxCode}");
                }
            }
        }

        Grid = grid;
        Codes = codes;
    }

    /// <summary>Where the values lie.</summary>
    public Grid Grid { get; }

    /// <summary>The codes, counted from <see cref="Grid.MinCode"/>, row-major.</summary>
    public PackedCodes Codes { get; }

    /// <inheritdoc/>
    public override long ByteCount => Codes.Bytes.Length + 2L * sizeof(float) * Grid.Scales.Length;

    /// <summary>Values of one channel: all elements behind one index of dimension 0.</summary>
    public int ChannelStride => (int)(Shape.ElementCount / (Shape.Rank == 0 ? 1 : Shape[0]));

    /// <summary>One code as the grid counts it, <see cref="Grid.MinCode"/> to <see cref="Grid.MaxCode"/>.</summary>
    public int Code(int index) => Codes[index] + Grid.MinCode;

    /// <summary>Packs codes as the grid counts them.</summary>
    public static QuantizedTensor FromCodes(TensorShape shape, Grid grid, ReadOnlySpan<int> codes)
    {
        byte[] shifted = new byte[codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            shifted[i] = checked((byte)(codes[i] - grid.MinCode));
        }

        return new QuantizedTensor(shape, grid, PackedCodes.Pack(shifted, grid.Bits));
    }

    /// <inheritdoc/>
    public override bool ContentEquals(GraphTensor other) =>
        other is QuantizedTensor q && Shape.Equals(q.Shape) && Grid.Equals(q.Grid) && Codes.Bytes.SequenceEqual(q.Codes.Bytes);

    /// <inheritdoc/>
    public override float[] ToFloats()
    {
        float[] values = new float[Shape.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Grid.Dequantize(Code(i), i / ChannelStride);
        }

        return values;
    }
}
