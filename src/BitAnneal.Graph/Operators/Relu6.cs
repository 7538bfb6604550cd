namespace BitAnneal.Graphs.Operators;

/// <summary>min(max(x, 0), 6).</summary>
public sealed record Relu6 : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs) => inputs[0];
}
