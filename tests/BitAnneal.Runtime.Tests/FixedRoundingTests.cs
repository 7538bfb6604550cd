using System.Runtime.Intrinsics;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Tests;

/// <summary>Positions that are off by no more than the bound get their own code, or are reported.</summary>
public unsafe class FixedRoundingTests
{
    private const int Block = 64, Vector = 16;

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
                computed[i] = (float)((positions[i] + error / 2 * (random.NextDouble() * 2 - 1)) * FixedRounding.Unit + rounding.Bias);
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
