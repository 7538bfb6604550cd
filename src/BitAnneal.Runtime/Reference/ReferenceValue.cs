using BitAnneal.Graphs;

namespace BitAnneal.Runtime.Reference;

/// <summary>A value of the oracle: codes on a grid, or float32 reals; row-major.</summary>
internal sealed class ReferenceValue
{
    private readonly float[]? reals;

    private ReferenceValue(TensorShape shape, Grid? grid, int[]? codes, float[]? reals) => (Shape, Grid, Codes, this.reals) = (shape, grid, codes, reals);

    public TensorShape Shape { get; }

    /// <summary>Null for reals.</summary>
    public Grid? Grid { get; }

    public int[]? Codes { get; }

    public static ReferenceValue OfCodes(TensorShape shape, Grid grid, int[] codes) => new(shape, grid, codes, null);

    public static ReferenceValue OfReals(TensorShape shape, float[] reals) => new(shape, null, null, reals);

    public ReferenceValue Reshaped(TensorShape shape) => new(shape, Grid, Codes, reals);

    /// <summary>The values as float32, in a new array.</summary>
    public float[] Reals()
    {
        if (reals is not null)
        {
            return [.. reals];
        }

        int perChannel = Codes!.Length / Shape[0];
        return [.. Codes.Select((q, i) => Grid!.Dequantize(q, i / perChannel))];
    }

    /// <summary>Copies places of an image: <paramref name="index"/> gives the source of (channel, row, column).</summary>
    public ReferenceValue Gathered(TensorShape shape, Func<int, int, int, int> index)
    {
        int[] places = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(i => index(i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]))];
        return Codes is null ? OfReals(shape, [.. places.Select(p => reals![p])]) : OfCodes(shape, Grid!, [.. places.Select(p => Codes[p])]);
    }
}
