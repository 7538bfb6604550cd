using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Planning;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Tests;

/// <summary>Sums of the codes under every output place, against sums one by one.</summary>
public unsafe class WindowSumsTests
{
    [Fact]
    public void AreTheSumsOfTheCodes()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            int channels = random.Next(1, 40), height = random.Next(1, 12), width = random.Next(1, 45);
            var op = new Conv2d(1, new Extent(random.Next(1, 4), random.Next(1, 4)))
            {
                Stride = new Extent(random.Next(1, 5), random.Next(1, 5)),
                Padding = new Extent(random.Next(3), random.Next(3)),
                Dilation = new Extent(random.Next(1, 3), random.Next(1, 3)),
            };
            int outputHeight = Outputs(height, op.Kernel.Y, op.Stride.Y, op.Padding.Y, op.Dilation.Y), outputWidth = Outputs(width, op.Kernel.X, op.Stride.X, op.Padding.X, op.Dilation.X);
            if (outputHeight < 1 || outputWidth < 1)
            {
                continue;
            }

            TensorShape inputShape = new(channels, height, width), outputShape = new(1, outputHeight, outputWidth);
            var input = new PackedSlot(inputShape, Grid.Uniform(8, 1f, 0), ByteLayout.Instance, Border.Of(op, inputShape, outputShape));
            var output = new Slot(outputShape, null);
            byte[] codes = new byte[height * width * PackedLayout.Block + PackedLayout.Block];
            random.NextBytes(codes);
            int firstRow = random.Next(outputHeight), endRow = random.Next(firstRow, outputHeight) + 1;
            var windows = new WindowSums(input, new ConvolutionGeometry(op, input, output), output);
            int[] sums = new int[output.Pixels + windows.ScratchLength];
            Array.Fill(sums, -1);
            byte[] arena = new byte[input.ByteCount];
            fixed (byte* start = arena, first = codes)
            {
                fixed (int* target = sums)
                {
                    input.ClearBorder(start);
                    input.Pack(start, 0, input.Pixels, 0, first, PackedLayout.Block);
                    windows.Fill(start, target + output.Pixels, target, firstRow, endRow);
                }
            }

            for (int place = firstRow * outputWidth; place < endRow * outputWidth; place++)
            {
                Assert.Equal(Sum(place / outputWidth, place % outputWidth), sums[place]);
            }

            int Sum(int oy, int ox)
            {
                int sum = 0;
                for (int tap = 0; tap < op.Kernel.Y * op.Kernel.X; tap++)
                {
                    int y = oy * op.Stride.Y - op.Padding.Y + tap / op.Kernel.X * op.Dilation.Y, x = ox * op.Stride.X - op.Padding.X + tap % op.Kernel.X * op.Dilation.X;
                    bool isInside = y >= 0 && y < height && x >= 0 && x < width;
                    sum += isInside ? codes.Skip((y * width + x) * PackedLayout.Block).Take(channels).Sum(c => c) : 0;
                }

                return sum;
            }
        }

        static int Outputs(int input, int kernel, int stride, int padding, int dilation) => (input + 2 * padding - (kernel - 1) * dilation - 1 + stride) / stride;
    }
}
