namespace BitAnneal.Runtime.Kernels;

/// <summary>Plain loops: the reference of the others.</summary>
/// <param name="bits">Bits of a weight code.</param>
internal sealed unsafe class ScalarVectorKernel(int bits) : VectorKernel(bits)
{
    /// <inheritdoc/>
    public override string Name => "scalar";

    /// <inheritdoc/>
    public override void Run(ref readonly VectorTile tile)
    {
        int mask = (1 << Bits) - 1;
        for (int channel = 0; channel < Channels; channel++)
        {
            int sum = 0;
            for (int block = 0; block < tile.Blocks; block++)
            {
                byte* weights = tile.Panel + block * BlockBytes + channel * WordBytes;
                sbyte* input = tile.Input + block * BlockCodes;
                for (int i = 0; i < BlockCodes; i++)
                {
                    sum += (weights[i % WordBytes] >> i / WordBytes * Bits & mask) * input[i];
                }
            }

            tile.Sums[channel] = sum;
        }
    }
}
