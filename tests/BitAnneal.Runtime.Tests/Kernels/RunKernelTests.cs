using System.Runtime.Intrinsics.X86;
using CsCheck;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Kernels.Dot;
using BitAnneal.Runtime.Planning;

namespace BitAnneal.Runtime.Tests.Kernels;

public class RunKernelTests
{
    private const int Cases = 30;

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
    public void Vector128KernelsEqualPlainLoops() => Check(new Vector128RunKernel(), 255, 8);

    [Fact]
    public void DotKernelsEqualPlainLoops() => Check(new DotRunKernel<PlainDotProduct>(), 255, 8, cases: 10);

    [Fact]
    public void EmittedKernelsEqualPlainLoops()
    {
        foreach (int channels in new[] { 16, 32, 64 })
        {
            for (int bits = 1; bits <= 8 && VnniRunKernel.IsSupported; bits++)
            {
                Check(new VnniRunKernel(channels, bits), 255, bits);
            }

            foreach (int bits in new[] { 1, 2, 4 }.Where(_ => VnniRunKernel.IsSupported))
            {
                Check(new PackedVnniRunKernel(channels, bits), 255, bits);
            }

            if (PopcountRunKernel.IsSupported)
            {
                Check(new PopcountRunKernel(channels), 1, 1);
            }
        }
    }

    [Fact]
    public void Avx512KernelsEqualPlainLoops()
    {
        if (Avx512BW.IsSupported)
        {
            CheckNarrow((input, weight) => new Avx512MaddubsRunKernel(input, weight));
            Check(new Avx512ByteRunKernel(), 255, 8);
            Check(new Avx512BitRunKernel(), 1, 1);
        }
    }

    [Fact]
    public void Vector256KernelsEqualPlainLoops()
    {
        if (Avx2.IsSupported)
        {
            CheckNarrow((input, weight) => new Vector256MaddubsRunKernel(input, weight));
            Check(new Vector256ByteRunKernel(), 255, 8);
            Check(new Vector256BitRunKernel(), 1, 1);
        }
    }

    [Fact]
    public void AvxVnniKernelsEqualPlainLoops()
    {
        for (int bits = 1; bits <= 8 && AvxVnni.IsSupported; bits++)
        {
            Check(new AvxVnniRunKernel(bits), 255, bits);
        }
    }

    [Theory]
    [InlineData(255, 64, 1)]
    [InlineData(255, 65, 0)]
    [InlineData(127, 127, 1)]
    [InlineData(1, 128, 0)]
    [InlineData(15, 15, 72)]
    [InlineData(3, 3, 1820)]
    public void MaddubsCountsTheGroupsThatFit16Bits(int input, int weight, int groups)
    {
        Assert.Equal(groups, Maddubs.GroupsInWord(input, weight));
        if (groups == 0)
        {
            Assert.Throws<ArgumentException>(() => Maddubs.Checked(input, weight));
        }
    }

    [Fact]
    public void TheChosenKernelIsRightForEverySetAndWidth()
    {
        foreach (var set in Enum.GetValues<KernelSet>())
        {
            for (int bits = 1; bits <= 8; bits++)
            {
                Check(WordRunKernels.ForBytes(set, 255, bits, new ChannelGroups(32, 24)), 255, bits, 4);
                Check(WordRunKernels.ForBytes(set, 15, bits, new ChannelGroups(32, 100)), 15, bits, 4);
            }

            Check(WordRunKernels.ForBits(set, new ChannelGroups(512, 512)), 1, 1);
        }
    }

    [Theory]
    [InlineData(10, 16)]
    [InlineData(16, 16)]
    [InlineData(32, 32)]
    [InlineData(48, 16)]
    [InlineData(64, 32)]
    [InlineData(96, 32)]
    [InlineData(512, 32)]
    public void EmittedKernelsWasteFewLanes(int outputs, int channels) => Assert.Equal(channels, EmittedShape.Best(new ChannelGroups(64, outputs), ByteLayout.Instance).Channels);

    [Theory]
    [InlineData(128, 2, 32)]
    [InlineData(128, 32, 16)]
    [InlineData(96, 2, 16)]
    [InlineData(96, 4, 32)] // Either spans two groups of 24.
    public void EmittedKernelsReadFewOtherGroups(int wide, int groups, int channels) => Assert.Equal(channels, EmittedShape.Best(new ChannelGroups(wide, wide, groups), ByteLayout.Instance).Channels);

    private static void CheckNarrow(Func<int, int, WordRunKernel> create)
    {
        foreach (var (input, bits) in new[] { (1, 1), (3, 2), (15, 4), (255, 1), (255, 4), (255, 6), (127, 7) })
        {
            Check(create(input, (1 << bits) - 1), input, bits);
        }
    }

    private static void Check(WordRunKernel kernel, int largestInput, int weightBits, int cases = Cases) =>
        RunProblem.For(kernel, largestInput, (1 << weightBits) - 1).Sample(p => p.Verify(kernel), iter: cases, threads: 1);
}
