namespace BitAnneal.Graphs.Operators;

/// <summary>
/// Two-dimensional convolution (cross-correlation, as in every deep-learning framework), zero padding on both sides.
/// Parameters: <c>weight</c> O×(I/Groups)×Kh×Kw and, with <see cref="Bias"/>, <c>bias</c> O.
/// </summary>
/// <param name="OutputChannels">O.</param>
/// <param name="Kernel">Kh×Kw.</param>
public sealed record Conv2d(int OutputChannels, Extent Kernel) : Operator
{
    /// <summary>Step of the window.</summary>
    public Extent Stride { get; init; } = 1;

    /// <summary>Zeros added on each side.</summary>
    public Extent Padding { get; init; } = 0;

    /// <summary>Distance between taps.</summary>
    public Extent Dilation { get; init; } = 1;

    /// <summary>Independent channel groups; as many as channels for a depthwise convolution.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether a bias is added.</summary>
    public bool Bias { get; init; }

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        var x = Image(inputs[0]);
        Window.Validate(Kernel, Stride, Padding, Dilation);
        Require(OutputChannels > 0, $"{OutputChannels} output channels");
        Require(Groups > 0 && x[0] % Groups == 0 && OutputChannels % Groups == 0,
            $"{Groups} groups do not divide {x[0]} input and {OutputChannels} output channels");
        return new TensorShape(
            OutputChannels,
            Window.OutputSize(x[1], Kernel.Y, Stride.Y, Padding.Y, Dilation.Y),
            Window.OutputSize(x[2], Kernel.X, Stride.X, Padding.X, Dilation.X));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs)
    {
        var weight = new ParameterSpec("weight", new TensorShape(OutputChannels, inputs[0][0] / Groups, Kernel.Y, Kernel.X), ParameterKind.Weight);
        return Bias ? [weight, new ParameterSpec("bias", new TensorShape(OutputChannels), ParameterKind.Bias)] : [weight];
    }
}
