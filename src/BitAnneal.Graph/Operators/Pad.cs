namespace BitAnneal.Graphs.Operators;

/// <summary>Zeros around an image, also as extra channels (the option-A shortcut of CIFAR ResNets).</summary>
public sealed record Pad : Operator
{
    /// <summary>Zero channels put before the others.</summary>
    public int ChannelsBefore { get; init; }

    /// <summary>Zero channels put behind the others.</summary>
    public int ChannelsAfter { get; init; }

    /// <summary>Zero rows above and columns to the left.</summary>
    public Extent Before { get; init; }

    /// <summary>Zero rows below and columns to the right.</summary>
    public Extent After { get; init; }

    /// <inheritdoc/>
    public override TensorShape InferShape(IReadOnlyList<TensorShape> inputs)
    {
        var x = Image(inputs[0]);
        Require(ChannelsBefore >= 0 && ChannelsAfter >= 0 && Before.Y >= 0 && Before.X >= 0 && After.Y >= 0 && After.X >= 0, "negative padding");
        return new TensorShape(
            checked(x[0] + ChannelsBefore + ChannelsAfter), checked(x[1] + Before.Y + After.Y), checked(x[2] + Before.X + After.X));
    }
}
