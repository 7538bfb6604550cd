namespace BitAnneal.Graphs.Operators;

/// <summary>A fully connected layer on a feature vector. Parameters: <c>weight</c> O×I and, with <see cref="Bias"/>, <c>bias</c> O.</summary>
/// <param name="OutputFeatures">O.</param>
public sealed record Linear(int OutputFeatures) : Operator
{
    /// <summary>Whether a bias is added.</summary>
    public bool Bias { get; init; } = true;

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        Require(inputs[0].Rank == 1, $"reads a feature vector, but its input is {inputs[0]}; put a Flatten before it");
        Require(OutputFeatures > 0, $"{OutputFeatures} output features");
        return new TensorShape(OutputFeatures);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs)
    {
        var weight = new ParameterSpec("weight", new TensorShape(OutputFeatures, inputs[0][0]), ParameterKind.Weight);
        return Bias ? [weight, new ParameterSpec("bias", new TensorShape(OutputFeatures), ParameterKind.Bias)] : [weight];
    }
}
