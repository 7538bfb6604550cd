using System.Runtime.Intrinsics.X86;
using CsCheck;
using BitAnneal.Runtime.Emitted;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Kernels.Dot;

namespace BitAnneal.Runtime.Tests.Kernels;

public unsafe class VectorKernelTests
{
    private static readonly int[] Widths = [1, 2, 4];

    [Fact]
    public void EveryKernelEqualsPlainLoops()
    {
        foreach (int bits in Widths)
        {
            foreach (var kernel in All(bits))
            {
                (from inputs in Gen.OneOf(Gen.Int[1, 40], Gen.Int[300, 1100])
                 from outputs in Gen.Int[1, 130]
                 from extreme in Gen.Bool
                 from input in extreme ? Gen.Bool.Select(low => low ? sbyte.MinValue : sbyte.MaxValue).Array[inputs] : Gen.SByte.Array[inputs]
                 from codes in (extreme ? Gen.Const((byte)((1 << bits) - 1)) : Gen.Byte[0, (byte)((1 << bits) - 1)]).Array[inputs * outputs]
                 select (input, codes)).Sample(p => Verify(kernel, p.input, p.codes), iter: 25, threads: 1);
            }
        }
    }

    [Fact]
    public void TheLongestMatrixOfTheLargestCodesDoesNotOverflow()
    {
        foreach (int bits in Widths)
        {
            byte[] codes = new byte[VectorKernel.MaxInputs];
            Array.Fill(codes, (byte)((1 << bits) - 1));
            sbyte[] input = new sbyte[VectorKernel.MaxInputs];
            Array.Fill(input, sbyte.MinValue);
            foreach (var kernel in All(bits))
            {
                Verify(kernel, input, codes);
            }
        }
    }

    [Fact]
    public void NoBlocksGiveZeros()
    {
        foreach (var kernel in Widths.SelectMany(All))
        {
            int[] sums = [.. Enumerable.Repeat(7, VectorKernel.Channels)];
            fixed (int* target = sums)
            {
                var tile = new VectorTile { Sums = target };
                kernel.Run(in tile);
            }

            Assert.All(sums, s => Assert.Equal(0, s));
        }
    }

    [Fact]
    public void OtherWidthsAndLongerInputsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => new ScalarVectorKernel(3));
        Assert.Throws<ArgumentException>(() => new ScalarVectorKernel(2).Blocks(VectorKernel.MaxInputs + 1));
    }

    private static IEnumerable<VectorKernel> All(int bits)
    {
        yield return new ScalarVectorKernel(bits);
        yield return new DotVectorKernel<PlainDotProduct>(bits);
        if (Avx2.IsSupported)
        {
            yield return new Vector256VectorKernel(bits);
        }

        if (AvxVnni.IsSupported)
        {
            yield return new AvxVnniVectorKernel(bits);
        }

        if (Avx512BW.IsSupported)
        {
            yield return new Avx512VectorKernel(bits);
        }

        if (VnniVectorKernel.IsSupported)
        {
            yield return new VnniVectorKernel(bits);
        }

        foreach (var set in Enum.GetValues<KernelSet>())
        {
            yield return VectorKernels.For(set, bits);
        }
    }

    private static void Verify(VectorKernel kernel, sbyte[] input, byte[] codes)
    {
        int outputs = codes.Length / input.Length, blocks = kernel.Blocks(input.Length), panels = (outputs + VectorKernel.Channels - 1) / VectorKernel.Channels;
        byte[] packed = kernel.Pack(codes, input.Length);
        Assert.Equal(panels * blocks * VectorKernel.BlockBytes, packed.Length);
        sbyte[] padded = new sbyte[blocks * kernel.BlockCodes];
        Array.Fill(padded, sbyte.MinValue); // Whatever fills up the last block must not matter.
        input.CopyTo(padded, 0);
        int[] sums = new int[panels * VectorKernel.Channels + 1];
        sums[^1] = -7;
        fixed (sbyte* start = padded)
        fixed (byte* weights = packed)
        fixed (int* target = sums)
        {
            for (int panel = 0; panel < panels; panel++)
            {
                var tile = new VectorTile { Input = start, Blocks = blocks, Panel = weights + panel * blocks * VectorKernel.BlockBytes, Sums = target + panel * VectorKernel.Channels };
                kernel.Run(in tile);
            }
        }

        for (int output = 0; output < outputs; output++)
        {
            long expected = 0;
            for (int i = 0; i < input.Length; i++)
            {
                expected += (long)codes[output * input.Length + i] * input[i];
            }

            Assert.Equal(expected, sums[output]);
        }

        Assert.Equal(-7, sums[^1]);
    }
}
