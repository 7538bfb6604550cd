namespace BitAnneal.Graphs.Operators;

/// <summary>The largest value of every window; padded places never win.</summary>
/// <param name="Kernel">Size of the window.</param>
/// <param name="Stride">Step of the window.</param>
public sealed record MaxPool(Extent Kernel, Extent Stride) : Operator
{
    /// <summary>Places added on each side, less than the kernel.</summary>
    public Extent Padding { get; init; } = 0;

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        var x = Image(inputs[0]);
        Window.Validate(Kernel, Stride, Padding, 1);
        Require(Padding.Y < Kernel.Y && Padding.X < Kernel.X, $"padding {Padding} reaches the kernel {Kernel}");
        return new TensorShape(
            x[0],
            Window.OutputSize(x[1], Kernel.Y, Stride.Y, Padding.Y, 1),
            Window.OutputSize(x[2], Kernel.X, Stride.X, Padding.X, 1));
    }
}
