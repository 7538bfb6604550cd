namespace BitAnneal.Graphs.Operators;

/// <summary>The sum of two values of the same shape.</summary>
public sealed record Add : Operator
{
    /// <inheritdoc/>
    public override int? InputCount => 2;

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        Require(inputs[0].Equals(inputs[1]), $"adds {inputs[0]} and {inputs[1]}; the shapes must be equal");
        return inputs[0];
    }
}
