using System.Runtime.Intrinsics;

namespace BitAnneal.Runtime.Kernels.Dot;

/// <summary>
/// Dot products of four bytes added to 32-bit lanes, the one thing that the kernels of this folder ask of a processor. A type, so that tests can run the kernels
/// on processors without the instruction.
/// </summary>
internal interface IDotProduct
{
    /// <summary>Unsigned bytes.</summary>
    /// <param name="sums">Four sums.</param>
    /// <param name="weights">Four bytes for each of them.</param>
    /// <param name="codes">The lowest four bytes are multiplied with those of every sum.</param>
    static abstract Vector128<uint> Add(Vector128<uint> sums, Vector128<byte> weights, Vector64<byte> codes);

    /// <summary>Signed bytes.</summary>
    /// <param name="sums">Four sums.</param>
    /// <param name="weights">Four bytes for each of them.</param>
    /// <param name="codes">The lowest four bytes are multiplied with those of every sum.</param>
    static abstract Vector128<int> Add(Vector128<int> sums, Vector128<sbyte> weights, Vector64<sbyte> codes);
}
