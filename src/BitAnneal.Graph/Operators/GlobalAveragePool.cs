namespace BitAnneal.Graphs.Operators;

/// <summary>The mean of every channel: C×H×W becomes C×1×1.</summary>
public sealed record GlobalAveragePool : Operator
{
    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs) => new(Image(inputs[0])[0], 1, 1);
}
