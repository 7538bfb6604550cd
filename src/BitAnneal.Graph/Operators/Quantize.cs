namespace BitAnneal.Graphs.Operators;

/// <summary>
/// Moves every value to the nearest point of a grid. Without a grid the node marks where training puts a quantizer; freezing
/// fills the grid in.
/// </summary>
/// <param name="Grid">The grid of a frozen graph, per tensor or per channel.</param>
public sealed record Quantize(Grid? Grid = null) : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        Require(Grid is not { IsPerChannel: true } || (inputs[0].Rank > 0 && Grid.Scales.Length == inputs[0][0]),
            $"a grid of {Grid?.Scales.Length} channels for {inputs[0]}");
        return inputs[0];
    }
}
