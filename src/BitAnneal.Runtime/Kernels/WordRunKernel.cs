namespace BitAnneal.Runtime.Kernels;

/// <summary>
/// Kernels that take a 32-bit word of codes a step: four codes of 8 bits or 32 codes of 1 bit, the first code in the lowest bits. Input and
/// weights are cut alike; codes that fill up a last word have zero weights. A panel holds, by run, group and output channel, one word.
/// </summary>
internal abstract class WordRunKernel : RunKernel
{
    /// <summary>Bytes of a group of input codes, and of one output channel's weights for it.</summary>
    public const int GroupBytes = sizeof(int);

    /// <summary>Bits of a code: 8 or 1. Narrower codes than 8 bits stand in a byte each.</summary>
    public virtual int CodeBits => 8;

    /// <summary>Bits of a weight code in a panel: those of a code, or fewer where the kernel unpacks weights itself.</summary>
    public virtual int WeightBits => CodeBits;

    /// <summary>Groups whose weights share a word, the first in the lowest bits of every byte. Runs are whole multiples of it.</summary>
    public int LaneGroups => CodeBits / WeightBits;

    /// <summary>A weight code's bits in every byte.</summary>
    public uint WeightMask => ((1u << WeightBits) - 1) * 0x01010101;

    /// <summary>Codes of a group.</summary>
    public int GroupCodes => 8 * GroupBytes / CodeBits;

    /// <summary>
    /// What is subtracted from every weight code before it is packed (as a signed byte): 0, or 128 for kernels whose weights are signed where codes
    /// have 8 bits. The caller adds this many times the sum of the input codes under the place; modulo 2³² the result is right even where the
    /// kernel's own sum wraps.
    /// </summary>
    public virtual int WeightBias => 0;
}
