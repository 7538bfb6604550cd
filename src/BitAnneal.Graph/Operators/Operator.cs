namespace BitAnneal.Graphs.Operators;

/// <summary>
/// What a node computes, as plain data. Every reader of a graph (training, integer engine, exporters, cost model) matches on
/// these records; an operator holds attributes, never parameters.
/// </summary>
public abstract record Operator
{
    private protected Operator() { }

    /// <summary>Name used in messages and tables.</summary>
    public string Kind => GetType().Name;

    /// <summary>How many values the operator reads; <c>null</c> for two or more.</summary>
    public virtual int? InputCount => 1;

    /// <summary>Shape of the result per sample.</summary>
    /// <exception cref="ArgumentException">The operator cannot read values of these shapes; the message says why.</exception>
    public abstract TensorShape InferShape(IReadOnlyList<TensorShape> inputs);

    /// <summary>The parameters that a node with this operator owns, for inputs of these shapes.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs) => [];

    private protected static TensorShape Image(TensorShape shape) => shape.Rank == 3
        ? shape
        : throw new ArgumentException($"reads an image CxHxW, but its input is {shape}");

    private protected static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }
}
