using CsCheck;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Tests.Kernels;

public class RunKernelTests
{
    private const int Cases = 60;

    [Fact]
    public void ScalarWordsEqualPlainLoops()
    {
        foreach (int bits in new[] { 1, 4, 7, 8 })
        {
            Check(new ScalarRunKernel(3, 5), 255, bits);
            Check(new ScalarRunKernel(3, 5, weightBias: 128), 255, bits);
        }

        Check(new ScalarRunKernel(3, 5, codeBits: 1), 1, 1);
    }

    [Fact]
    public void EmittedKernelsEqualPlainLoops()
    {
        foreach (int channels in new[] { 16, 32, 64 })
        {
            for (int bits = 1; bits <= 8 && VnniRunKernel.IsSupported; bits++)
            {
                Check(new VnniRunKernel(channels, bits), 255, bits);
            }

            if (PopcountRunKernel.IsSupported)
            {
                Check(new PopcountRunKernel(channels), 1, 1);
            }
        }
    }

    private static void Check(WordRunKernel kernel, int largestInput, int weightBits) =>
        RunProblem.For(kernel, largestInput, (1 << weightBits) - 1).Sample(p => p.Verify(kernel), iter: Cases, threads: 1);
}
