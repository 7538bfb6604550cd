namespace BitAnneal.Runtime;

/// <summary>Instruction set of the kernels.</summary>
public enum KernelSet
{
    /// <summary>The fastest that this machine has, or what the environment variable <c>BITANNEAL_KERNEL</c> names.</summary>
    Auto,

    /// <summary>Plain loops: the reference that the others are tested against.</summary>
    Scalar,

    /// <summary>256-bit vectors (AVX2, FMA).</summary>
    Vector256,

    /// <summary>512-bit vectors (AVX-512 F, BW).</summary>
    Avx512,
}
