namespace BitAnneal.Graphs.Operators;

/// <summary>The result of the network, as real values.</summary>
public sealed record Output : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs) => inputs[0];
}
