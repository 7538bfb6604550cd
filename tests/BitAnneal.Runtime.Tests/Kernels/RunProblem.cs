using CsCheck;
using BitAnneal.Runtime.Kernels;

namespace BitAnneal.Runtime.Tests.Kernels;

/// <summary>A random tile: codes, weights and offsets, with the sums in plain 64-bit loops.</summary>
/// <param name="Input">Packed input codes.</param>
/// <param name="Weights">Unsigned weight codes by run, group, channel, code; one byte each.</param>
/// <param name="Places">Offsets of the places.</param>
/// <param name="Runs">Offsets of the runs.</param>
/// <param name="RunLength">Groups of a run.</param>
internal sealed unsafe record RunProblem(byte[] Input, byte[] Weights, int[] Places, int[] Runs, int RunLength)
{
    private enum Kind
    {
        Random,
        Extreme,
        Largest,
    }

    /// <summary>Problems for a kernel whose codes are at most so large.</summary>
    public static Gen<RunProblem> For(WordRunKernel kernel, int largestInput, int largestWeight) =>
        from runs in Gen.OneOf(Gen.Int[1, 5], Gen.Const(0))
        from words in Choose(0, 1, 2, 3, 5, 7, 16, 17, 48, 97)
        let length = words * kernel.LaneGroups
        from spread in Choose(0, 1, 4, 37, 256) // Distance of places: none, unaligned, neighbours, far.
        from places in Gen.Int[0, 9].Array[kernel.Places]
        from offsets in Gen.Int[0, 300].Array[runs]
        from kind in Choose(Kind.Random, Kind.Extreme, Kind.Largest)
        from input in Codes(kind, kernel.CodeBits == 1 ? 255 : largestInput).Array[9 * spread + 300 + length * WordRunKernel.GroupBytes]
        from weights in Codes(kind, largestWeight).Array[runs * length * kernel.Channels * kernel.GroupCodes]
        select new RunProblem(input, weights, [.. places.Select(p => p * spread)], offsets, length);

    /// <summary>Compares two tiles of a kernel with plain loops; the second has the places of the first in reverse.</summary>
    public void Verify(WordRunKernel kernel)
    {
        byte[] panel = new byte[Runs.Length * RunLength * kernel.Channels * WordRunKernel.GroupBytes + 1];
        for (int i = 0; i < Weights.Length; i++)
        {
            var (group, place) = Math.DivRem(i, kernel.Channels * kernel.GroupCodes);
            int bit = (group / kernel.LaneGroups * kernel.Channels * kernel.GroupCodes + place) * kernel.CodeBits + group % kernel.LaneGroups * kernel.WeightBits;
            panel[bit / 8] |= (byte)(Weights[i] - kernel.WeightBias << bit % 8);
        }

        int[] sums = new int[2 * kernel.Places * kernel.Channels + 1], all = [.. Places.Take(kernel.Places), .. Places.Take(kernel.Places).Reverse()];
        Array.Fill(sums, -7);
        fixed (byte* input = Input, weights = panel)
        fixed (int* places = all, runs = Runs, target = sums)
        {
            var tile = new RunTile { Input = input, Places = places, Runs = runs, RunCount = Runs.Length, RunLength = RunLength, Panel = weights, Sums = target };
            kernel.Run(ref tile, 2);
        }

        for (int place = 0; place < 2 * kernel.Places; place++)
        {
            for (int channel = 0; channel < kernel.Channels; channel++)
            {
                var (products, codes) = Sum(kernel, all[place], channel);
                Assert.Equal(products, sums[place * kernel.Channels + channel] + (long)kernel.WeightBias * codes);
            }
        }

        Assert.Equal(-7, sums[^1]); // Nothing beyond the tiles.
    }

    private (long Products, long Codes) Sum(WordRunKernel kernel, int offset, int channel)
    {
        long products = 0, codes = 0;
        for (int run = 0; run < Runs.Length; run++)
        {
            for (int code = 0; code < RunLength * kernel.GroupCodes; code++)
            {
                int bit = code * kernel.CodeBits;
                int input = Input[offset + Runs[run] + bit / 8] >> bit % 8 & (1 << kernel.CodeBits) - 1;
                int group = run * RunLength + code / kernel.GroupCodes;
                products += (long)input * Weights[(group * kernel.Channels + channel) * kernel.GroupCodes + code % kernel.GroupCodes];
                codes += input;
            }
        }

        return (products, codes);
    }

    private static Gen<byte> Codes(Kind kind, int largest) => kind switch
    {
        Kind.Random => Gen.Byte[0, (byte)largest],
        Kind.Extreme => Gen.Bool.Select(high => high ? (byte)largest : (byte)0),
        _ => Gen.Const((byte)largest), // One group more than fits a narrow sum would show.
    };

    private static Gen<T> Choose<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
