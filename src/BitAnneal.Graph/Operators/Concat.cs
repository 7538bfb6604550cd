namespace BitAnneal.Graphs.Operators;

/// <summary>Two or more values joined along the channel axis.</summary>
public sealed record Concat : Operator
{
    /// <inheritdoc/>
    public override int? InputCount => null;

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        var first = inputs[0];
        Require(first.Rank >= 1, "joins scalars");
        int channels = 0;
        foreach (var shape in inputs)
        {
            Require(shape.Rank == first.Rank && shape.Dimensions.AsSpan(1..).SequenceEqual(first.Dimensions.AsSpan(1..)),
                $"joins {first} and {shape}; all but the channels must be equal");
            channels = checked(channels + shape[0]);
        }

        return new TensorShape([channels, .. first.Dimensions.AsSpan(1..)]);
    }
}
