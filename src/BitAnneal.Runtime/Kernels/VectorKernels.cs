using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels.Dot;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Chooses kernels for a matrix times one vector.</summary>
internal static class VectorKernels
{
    /// <summary>The fastest kernel.</summary>
    /// <param name="set">What may be used; emitted kernels only where the choice is free.</param>
    /// <param name="bits">Bits of a weight code: 1, 2 or 4.</param>
    public static VectorKernel For(KernelSet set, int bits) => set switch
    {
        KernelSet.Auto when VnniVectorKernel.IsSupported => new VnniVectorKernel(bits),
        KernelSet.Auto or KernelSet.Avx512 when Avx512BW.IsSupported => new Avx512VectorKernel(bits),
        KernelSet.Auto or KernelSet.Vector256 when AvxVnni.IsSupported => new AvxVnniVectorKernel(bits),
        KernelSet.Auto or KernelSet.Vector256 when Avx2.IsSupported => new Vector256VectorKernel(bits),
        KernelSet.Auto when ArmDotProduct.IsSupported => new DotVectorKernel<ArmDotProduct>(bits),
        _ => new ScalarVectorKernel(bits),
    };
}
