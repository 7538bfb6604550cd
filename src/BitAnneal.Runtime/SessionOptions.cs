namespace BitAnneal.Runtime;

/// <summary>How a session runs.</summary>
public sealed record SessionOptions
{
    /// <summary>
    /// Threads: an image is shared out among them, row by row or channel by channel; of <see cref="IntegerSession.RunBatch"/> each works on its own
    /// images. More than there are processors are not used. The bits of the result do not depend on it.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Instruction set of the kernels.</summary>
    public KernelSet Kernel { get; init; } = KernelSet.Auto;
}
