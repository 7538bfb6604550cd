namespace BitAnneal.Graphs.Operators;

/// <summary>The value that the caller supplies.</summary>
/// <param name="Shape">Shape per sample.</param>
/// <param name="Grid">
/// How bytes become values: an 8-bit grid with one scale and offset per channel holds pixel scaling and normalisation,
/// <c>(p/255 − mean)/std = p·1/(255·std) − mean/std</c>. <c>null</c> when the caller supplies real values.
/// </param>
public sealed record Input(TensorShape Shape, Grid? Grid = null) : Operator
{
    /// <inheritdoc/>
    public override int? InputCount => 0;

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        if (Grid is { } grid)
        {
            Require(grid.MinCode == 0 && grid.MaxCode == 255, "an input grid must hold the byte codes 0..255");
            Require(!grid.IsPerChannel || (Shape.Rank > 0 && grid.Scales.Length == Shape[0]), $"an input grid of {grid.Scales.Length} channels for {Shape}");
        }

        return Shape;
    }
}
