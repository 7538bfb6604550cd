using BitAnneal.Graphs;

namespace BitAnneal.Onnx.Export;

/// <summary>Writes the quantization of an activation.</summary>
internal static class QuantizeWriter
{
    /// <summary>
    /// x − o, Div, Round, Clip to the codes, Mul, + o. With QuantizeLinear and DequantizeLinear runtimes would fuse neighbours into integer operators that
    /// they then refuse, or merge two quantizations into one; that is only wanted where all of it is 8 bits.
    /// </summary>
    /// <param name="model">Where it is appended.</param>
    /// <param name="name">Name of our node.</param>
    /// <param name="x">The value.</param>
    /// <param name="grid">The grid.</param>
    /// <param name="rank">Rank of a sample.</param>
    /// <param name="fused">Whether to write QuantizeLinear, Clip and DequantizeLinear, where bytes can hold the codes.</param>
    /// <returns>The name of the value.</returns>
    public static string Write(ModelBuilder model, string name, string x, Grid grid, int rank, bool fused)
    {
        bool hasOffset = grid.Offsets.Any(o => o != 0);
        string offset = hasOffset ? model.Floats(grid.Offsets.AsSpan(), Broadcast(grid, rank)) : "";
        string shifted = hasOffset ? model.Node("Sub", [x, offset]) : x;
        string? last = hasOffset ? null : name;
        string value = fused && grid.MinCode <= 0 ? ByBytes(model, shifted, grid, last) : ByFloats(model, shifted, grid, rank, last);
        return hasOffset ? model.Node("Add", [value, offset], name) : value;
    }

    /// <summary>Shape under which a grid's numbers meet the channels of a batch.</summary>
    public static long[] Broadcast(Grid grid, int rank) => grid.IsPerChannel ? [1, grid.Scales.Length, .. Enumerable.Repeat(1L, rank - 1)] : [];

    private static string ByBytes(ModelBuilder model, string x, Grid grid, string? name)
    {
        long[] shape = grid.IsPerChannel ? [grid.Scales.Length] : [];
        string scale = model.Floats(grid.Scales.AsSpan(), shape);
        string zero = model.Bytes([.. Enumerable.Repeat((byte)-grid.MinCode, grid.Scales.Length)], shape);
        string codes = model.Node("QuantizeLinear", [x, scale, zero]);
        if (grid.LevelCount < 256)
        {
            codes = model.Node("Clip", [codes, model.Bytes([0]), model.Bytes([(byte)(grid.LevelCount - 1)])]);
        }

        return model.Node("DequantizeLinear", [codes, scale, zero], name);
    }

    private static string ByFloats(ModelBuilder model, string x, Grid grid, int rank, string? name)
    {
        string scale = model.Floats(grid.Scales.AsSpan(), Broadcast(grid, rank));
        string codes = model.Node("Round", [model.Node("Div", [x, scale])]);
        codes = model.Node("Clip", [codes, model.Floats([grid.MinCode]), model.Floats([grid.MaxCode])]);
        return model.Node("Mul", [codes, scale], name);
    }
}
