using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Kernels.Dot;

namespace BitAnneal.Runtime.Tests.Kernels;

/// <summary>The kernels for ARM's dot products, by those products in plain loops; on ARM by the instruction too.</summary>
public unsafe class DotKernelTests
{
    [Fact]
    public void TheInstructionIsThePlainOne()
    {
        if (!ArmDotProduct.IsSupported)
        {
            return;
        }

        var random = new Random(1);
        byte[] bytes = new byte[48];
        for (int i = 0; i < 1000; i++)
        {
            random.NextBytes(bytes);
            Vector128<byte> sums = Vector128.Create(bytes, 0), weights = Vector128.Create(bytes, 16);
            var codes = Vector64.Create(bytes, 32);
            Assert.Equal(PlainDotProduct.Add(sums.AsUInt32(), weights, codes), ArmDotProduct.Add(sums.AsUInt32(), weights, codes));
            Assert.Equal(PlainDotProduct.Add(sums.AsInt32(), weights.AsSByte(), codes.AsSByte()), ArmDotProduct.Add(sums.AsInt32(), weights.AsSByte(), codes.AsSByte()));
        }
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(7, 3)]
    [InlineData(2, 8)]
    public void RunsOfPackedCodesEqualPlainLoops(int weightBits, int codeBits)
    {
        Check(new WordFamily(new DotRunKernel<PlainDotProduct>()), weightBits, codeBits, 4);
        if (ArmDotProduct.IsSupported)
        {
            Check(new WordFamily(new DotRunKernel<ArmDotProduct>()), weightBits, codeBits, 4);
        }
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 8)]
    [InlineData(4, 8)]
    [InlineData(4, 7)]
    public void VectorsOfPackedCodesEqualPlainLoops(int weightBits, int codeBits)
    {
        int bias = codeBits == 8 ? VectorKernel.InputBias : 0;
        Check(new VectorFamily(new DotVectorKernel<PlainDotProduct>(weightBits), bias), weightBits, codeBits, 1);
        if (ArmDotProduct.IsSupported)
        {
            Check(new VectorFamily(new DotVectorKernel<ArmDotProduct>(weightBits), bias), weightBits, codeBits, 1);
        }
    }

    /// <summary>A 1 × 1 convolution of a few pixels, through the layout and the panels of a family.</summary>
    private static void Check(RunFamily family, int weightBits, int codeBits, int pixels)
    {
        foreach (var (inputs, outputs) in new[] { (1, 1), (3, 16), (64, 17), (70, 65), (300, 130) })
        {
            var random = new Random(inputs);
            var shape = new TensorShape(outputs, inputs, 1, 1);
            var weight = QuantizedTensor.FromCodes(shape, Grid.Uniform(weightBits, 1, 0), [.. Enumerable.Range(0, inputs * outputs).Select(_ => random.Next(1 << weightBits))]);
            byte[] codes = [.. Enumerable.Range(0, pixels * inputs).Select(_ => (byte)(random.Next(4) == 0 ? (1 << codeBits) - 1 : random.Next(1 << codeBits)))];
            int pixelBytes = family.Layout.Groups(inputs) * family.Layout.GroupBytes;
            int[] places = [.. Enumerable.Range(0, pixels).Select(p => p * pixelBytes)];
            var input = new PinnedBytes(pixels * pixelBytes + 64);
            Pack(family, codes, inputs, places, input.Start);
            var panels = new RunPanels(weight, family);
            var scratch = new PinnedBytes(panels.PanelBytes);
            var kernel = family.Choose(1, new LayerShape(pixels, 1, 1));
            int[] sums = new int[kernel.Places * kernel.Channels];
            for (int output = 0; output < outputs; output += kernel.Channels)
            {
                int run = 0;
                fixed (int* firstPlace = places, target = sums)
                {
                    var tile = new RunTile { Input = input.Start, Places = firstPlace, Runs = &run, RunCount = 1, RunLength = panels.Slices.Length, Panel = panels.Get(output / kernel.Channels, 1, scratch.Start), Sums = target };
                    kernel.Run(in tile);
                }

                for (int p = 0; p < pixels; p++)
                {
                    for (int o = output; o < Math.Min(outputs, output + kernel.Channels); o++)
                    {
                        int expected = Enumerable.Range(0, inputs).Sum(c => weight.Codes[o * inputs + c] * (codes[p * inputs + c] - family.InputBias));
                        Assert.Equal(expected, sums[p * kernel.Channels + o - output]);
                    }
                }
            }
        }
    }

    private static void Pack(RunFamily family, byte[] codes, int inputs, int[] places, byte* target)
    {
        const int Block = 64;
        byte[] room = new byte[codes.Length + Block]; // A layout may read whole blocks.
        codes.CopyTo(room, 0);
        fixed (byte* source = room)
        fixed (int* offsets = places)
        {
            for (int c = 0; c < inputs; c += Block)
            {
                family.Layout.Pack(source + c, inputs, places.Length, Math.Min(Block, inputs - c), target + c, offsets);
            }
        }
    }
}
