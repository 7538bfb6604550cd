namespace BitAnneal.Graphs.Operators;

/// <summary>Every <c>Step</c>-th row and column of an image, from the first on.</summary>
/// <param name="Step">Distance between the rows and columns that stay.</param>
public sealed record StridedSlice(Extent Step) : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        var x = Image(inputs[0]);
        Require(Step.Y >= 1 && Step.X >= 1, $"step {Step} is not positive");
        return new TensorShape(x[0], (int)(((long)x[1] + Step.Y - 1) / Step.Y), (int)(((long)x[2] + Step.X - 1) / Step.X));
    }
}
