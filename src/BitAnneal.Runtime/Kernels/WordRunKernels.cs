using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels.Dot;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Chooses kernels over runs of words.</summary>
internal static class WordRunKernels
{
    private const int LeastGroupsInWord = 4; // Below, widening costs more than the wider products.

    /// <summary>The fastest kernel for codes in bytes.</summary>
    /// <param name="set">What may be used; emitted kernels only where the choice is free.</param>
    /// <param name="largestInput">Largest input code, at most 255.</param>
    /// <param name="weightBits">Bits of a weight code, 1 to 8.</param>
    /// <param name="channels">Of the layer.</param>
    public static WordRunKernel ForBytes(KernelSet set, int largestInput, int weightBits, ChannelGroups channels)
    {
        int vnniChannels = EmittedShape.Best(channels, ByteLayout.Instance).Channels, groups = new PanelSlices(channels, ByteLayout.Instance, vnniChannels).Length;
        int packedBits = (int)BitOperations.RoundUpToPowerOf2((uint)weightBits);
        int largestWeight = (1 << weightBits) - 1;
        bool narrow = Maddubs.GroupsInWord(largestInput, largestWeight) >= LeastGroupsInWord;
        return set switch
        {
            KernelSet.Auto when VnniRunKernel.IsSupported && packedBits < 8 && groups % (8 / packedBits) == 0 => new PackedVnniRunKernel(vnniChannels, packedBits),
            KernelSet.Auto when VnniRunKernel.IsSupported => new VnniRunKernel(vnniChannels, weightBits),
            KernelSet.Auto or KernelSet.Avx512 when Avx512BW.IsSupported && narrow => new Avx512MaddubsRunKernel(largestInput, largestWeight),
            KernelSet.Auto or KernelSet.Vector256 when AvxVnni.IsSupported => new AvxVnniRunKernel(weightBits),
            KernelSet.Auto or KernelSet.Avx512 when Avx512BW.IsSupported => new Avx512ByteRunKernel(),
            KernelSet.Auto or KernelSet.Vector256 when Avx2.IsSupported => narrow ? new Vector256MaddubsRunKernel(largestInput, largestWeight) : new Vector256ByteRunKernel(),
            KernelSet.Auto when ArmDotProduct.IsSupported => new DotRunKernel<ArmDotProduct>(),
            KernelSet.Auto when Vector128.IsHardwareAccelerated => new Vector128RunKernel(),
            _ => new ScalarRunKernel(1, 16),
        };
    }

    /// <summary>The fastest kernel for codes of one bit on both sides.</summary>
    /// <param name="set">What may be used; emitted kernels only where the choice is free.</param>
    /// <param name="channels">Of the layer.</param>
    public static WordRunKernel ForBits(KernelSet set, ChannelGroups channels) => set switch
    {
        KernelSet.Auto when PopcountRunKernel.IsSupported => new PopcountRunKernel(EmittedShape.Best(channels, BitLayout.Instance).Channels),
        KernelSet.Auto or KernelSet.Avx512 when Avx512BW.IsSupported => new Avx512BitRunKernel(),
        KernelSet.Auto or KernelSet.Vector256 when Avx2.IsSupported => new Vector256BitRunKernel(),
        _ => new ScalarRunKernel(1, 16, codeBits: 1),
    };
}
