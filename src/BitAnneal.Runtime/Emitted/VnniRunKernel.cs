namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// Sums of products of bytes with <c>vpdpbusd</c> on 512 bits: 64 multiply-accumulates an instruction. It multiplies unsigned with signed
/// bytes; weight codes of at most 7 bits are both, those of 8 bits are stored minus 128 (see <see cref="WeightBias"/>).
/// </summary>
/// <param name="channels">16, 32 or 64.</param>
/// <param name="weightBits">Bits of a weight code, 1 to 8.</param>
internal sealed class VnniRunKernel(int channels, int weightBits) : EmittedRunKernel(EmittedShape.For(channels).Dot, EmittedShape.For(channels))
{
    /// <summary>Whether kernels of this kind exist in this process.</summary>
    public static bool IsSupported => EmittedKernels.Instance.Has(EmittedFunction.Dot64);

    /// <inheritdoc/>
    public override string Name => "vnni";

    /// <inheritdoc/>
    public override int WeightBias => weightBits == 8 ? 128 : 0;
}
