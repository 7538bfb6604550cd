namespace BitAnneal.Graphs.Operators;

/// <summary>max(x, 0).</summary>
public sealed record Relu : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs) => inputs[0];
}
