namespace BitAnneal.Runtime.Emitted;

/// <summary>
/// Sums of products of codes of one bit, which are counts of common bits: <c>vpandd</c> and <c>vpopcntd</c> on 512 bits, 512 multiply-accumulates
/// in three instructions. With signs −1 and +1 this is the XNOR convolution; the grids turn its formula into these sums.
/// </summary>
/// <param name="channels">16, 32 or 64.</param>
internal sealed class PopcountRunKernel(int channels) : EmittedRunKernel(EmittedShape.For(channels).CommonBits, EmittedShape.For(channels))
{
    /// <summary>Whether kernels of this kind exist in this process.</summary>
    public static bool IsSupported => EmittedKernels.Instance.Has(EmittedFunction.CommonBits64);

    /// <inheritdoc/>
    public override string Name => "popcount";

    /// <inheritdoc/>
    public override int CodeBits => 1;
}
