using BitAnneal.Graphs;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Tests;

/// <summary>Vectors of codes are the codes that a grid gives one by one.</summary>
public unsafe class ExactRoundingTests
{
    private static readonly float[] Specials = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, -0f, 0f, float.Epsilon, -1e30f];

    [Fact]
    public void GivesTheCodesOfTheGrid()
    {
        const int Count = 64;
        float[] reals = new float[Count];
        byte[] codes = new byte[Count];
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            int bits = random.Next(1, 9), minCode = random.Next(-128, 1);
            var grid = new Grid(minCode, minCode + (1 << bits) - 1, [MathF.Exp(8 * random.NextSingle() - 6)], [seed % 3 == 0 ? 0 : 4 * random.NextSingle() - 2]);
            int lowest = random.Next(grid.LevelCount), highest = random.Next(lowest, grid.LevelCount);
            for (int i = 0; i < Count; i++)
            {
                float position = random.Next(minCode - 1, grid.MaxCode + 2);
                reals[i] = (i % 8) switch
                {
                    0 => Specials[i / 8],
                    < 4 => grid.Scale(0) * (position + 0.5f) + grid.Offset(0), // Ties, or just beside.
                    4 => MathF.BitIncrement(grid.Scale(0) * (position + 0.5f) + grid.Offset(0)),
                    _ => grid.Scale(0) * (position + random.NextSingle()) + grid.Offset(0),
                };
            }

            fixed (float* source = reals)
            {
                fixed (byte* target = codes)
                {
                    new ExactRounding(grid, lowest, highest).Round(source, target);
                }
            }

            Assert.Equal(reals.Select(r => (byte)Math.Clamp(grid.Quantize(r) - minCode, lowest, highest)), codes);
        }
    }
}
