using System.Numerics;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Plain loops over words of codes: the reference of all others.</summary>
/// <param name="places">Output places.</param>
/// <param name="channels">Output channels.</param>
/// <param name="codeBits">8 or 1.</param>
/// <param name="weightBias">0 for unsigned weights, 128 for signed ones.</param>
/// <param name="weightBits">Bits of a weight code in the panel; 0 for those of a code.</param>
internal sealed unsafe class ScalarRunKernel(int places, int channels, int codeBits = 8, int weightBias = 0, int weightBits = 0) : WordRunKernel
{
    /// <inheritdoc/>
    public override string Name => "scalar words";

    /// <inheritdoc/>
    public override int Places => places;

    /// <inheritdoc/>
    public override int Channels => channels;

    /// <inheritdoc/>
    public override int CodeBits => codeBits;

    /// <inheritdoc/>
    public override int WeightBits => weightBits == 0 ? codeBits : weightBits;

    /// <inheritdoc/>
    public override int WeightBias => weightBias;

    /// <inheritdoc/>
    public override void Run(ref readonly RunTile tile)
    {
        for (int p = 0; p < places; p++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                int sum = 0;
                byte* weights = tile.Panel + channel * GroupBytes;
                for (int run = 0; run < tile.RunCount; run++)
                {
                    byte* input = tile.Input + tile.Places[p] + tile.Runs[run];
                    for (int group = 0; group < tile.RunLength; group++, input += GroupBytes)
                    {
                        uint word = *(uint*)weights >> group % LaneGroups * WeightBits;
                        sum += codeBits == 1 ? BitOperations.PopCount(*(uint*)input & word) : Dot(input, LaneGroups == 1 ? word : word & WeightMask);
                        weights += (group + 1) % LaneGroups == 0 ? channels * GroupBytes : 0;
                    }
                }

                tile.Sums[p * channels + channel] = sum;
            }
        }
    }

    private int Dot(byte* input, uint weights)
    {
        int sum = 0;
        for (int i = 0; i < GroupBytes; i++)
        {
            byte weight = (byte)(weights >> 8 * i);
            sum += input[i] * (weightBias == 0 ? weight : (sbyte)weight);
        }

        return sum;
    }
}
