namespace BitAnneal.Runtime;

/// <summary>How a session runs.</summary>
public sealed record SessionOptions
{
    /// <summary>Threads that <see cref="IntegerSession.RunBatch"/> may use; each works on its own images.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Instruction set of the kernels.</summary>
    public KernelSet Kernel { get; init; } = KernelSet.Auto;
}
