namespace BitAnneal.Graphs.Operators;

/// <summary>
/// Batch normalisation over the channels of an image or the features of a vector:
/// <c>y = weight · (x − running_mean) / sqrt(running_var + Epsilon) + bias</c> in evaluation.
/// </summary>
public sealed record BatchNorm : Operator
{
    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Share of the new batch in the running statistics.</summary>
    public float Momentum { get; init; } = 0.1f;

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        Require(inputs[0].Rank is 1 or 3, $"reads an image or a feature vector, but its input is {inputs[0]}");
        Require(Epsilon > 0 && float.IsFinite(Epsilon), $"epsilon {Epsilon} is not positive");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs)
    {
        var channels = new TensorShape(inputs[0][0]);
        return
        [
            new ParameterSpec("weight", channels, ParameterKind.Gain),
            new ParameterSpec("bias", channels, ParameterKind.Bias),
            new ParameterSpec("running_mean", channels, ParameterKind.RunningMean),
            new ParameterSpec("running_var", channels, ParameterKind.RunningVariance),
        ];
    }
}
