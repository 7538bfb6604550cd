using System.Runtime.Intrinsics;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Planning;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Tests;

/// <summary>Positions that are off by no more than the bound get their own code, or are reported.</summary>
public unsafe class FixedRoundingTests
{
    private const int Block = 64, Vector = 16;

    [Theory]
    [InlineData(24)]
    [InlineData(64)]
    [InlineData(112)]
    public void ChannelsThatDoNotExistAreNeverInDoubt(int channels)
    {
        var random = new Random(channels);
        TensorShape input = new(8, 5, 5), output = new(channels, 5, 5);
        var op = new Conv2d(channels, 3) { Padding = 1 };
        var weight = FusedConvolutionTests.Weight(random, new TensorShape(channels, 8, 3, 3), 4);
        var grid = new Grid(0, 15, [0.1f], [-0.3f]);
        var constants = new LayerConstants(weight, null, new ConvolutionGeometry(op, new Slot(input, grid), new Slot(output, null)), grid);
        var positions = new CodePositions(constants, Grid.Uniform(4, 0.5f, 0), Rectifier.Relu, CodePositions.LargestSums(weight, grid), 72 * 15, isFixed: true);
        Assert.True(positions.IsUseful && positions.Fixed.Bias > positions.Fixed.Limit);
        for (int i = 0; i < constants.Classes; i++)
        {
            for (int c = channels; c < (channels + 63) / 64 * 64; c++)
            {
                Assert.Equal((0, 0, (float)positions.Fixed.Bias), (positions.Slope[c], positions.Window[c], positions.Start(i)[c]));
            }
        }
    }

    [Fact]
    public void GivesTheNearestCodeOrReportsADoubt()
    {
        int sure = 0, doubtful = 0;
        for (int seed = 0; seed < 4000; seed++)
        {
            var random = new Random(seed);
            int lowest = random.Next(4), highest = random.Next(lowest, 256);
            double error = random.NextDouble() * CodeRounding.LargestError;
            var rounding = new FixedRounding(lowest, highest, error);
            double[] positions = new double[Block];
            float[] computed = new float[Block];
            byte[] codes = new byte[Block];
            for (int i = 0; i < Block; i++)
            {
                // Now and then a tie or just beside it, and far beyond the codes that can occur.
                positions[i] = random.Next(40) == 0 ? random.Next(-3, 259) + 0.5 + error * (random.NextDouble() * 4 - 2) : random.NextDouble() * (random.Next(9) == 0 ? 4000 : 300) - 20;
                computed[i] = (float)((positions[i] + error * (random.NextDouble() * 2 - 1)) * FixedRounding.Unit + rounding.Bias);
            }

            ulong doubts;
            fixed (float* source = computed)
            fixed (byte* target = codes)
            {
                var (a, b) = (FixedRounding.Round(Vector512.Load(source)), FixedRounding.Round(Vector512.Load(source + Vector)));
                var (c, d) = (FixedRounding.Round(Vector512.Load(source + 2 * Vector)), FixedRounding.Round(Vector512.Load(source + 3 * Vector)));
                doubts = rounding.Doubts(a, b, c, d);
                rounding.Codes(a, b, c, d).Store(target);
            }

            if (doubts == 0)
            {
                Assert.Equal(positions.Select(p => (byte)Math.Clamp(Math.Round(p), lowest, highest)), codes);
                sure++;
            }
            else
            {
                Assert.Contains(positions, p => Math.Abs(p - Math.Floor(p) - 0.5) <= 3 * error + 1e-3); // Not without cause.
                doubtful++;
            }
        }

        Assert.True(sure > 500 && doubtful > 500, $"{sure} blocks were sure, {doubtful} in doubt");
    }
}
