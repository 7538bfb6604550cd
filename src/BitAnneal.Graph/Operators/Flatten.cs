namespace BitAnneal.Graphs.Operators;

/// <summary>All values of a sample as one feature vector, in C, H, W order.</summary>
public sealed record Flatten : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        Require(inputs[0].ElementCount <= int.MaxValue, $"{inputs[0]} is too large");
        return new TensorShape((int)inputs[0].ElementCount);
    }
}
