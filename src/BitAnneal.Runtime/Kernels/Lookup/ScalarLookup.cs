namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>Plain loops over groups of three codes: the reference of the vector kernels.</summary>
internal sealed unsafe class ScalarLookup : RunKernel
{
    public override string Name => "lookup scalar";

    public override int Places => 1;

    public override int Channels => 64;

    public override void Run(ref readonly RunTile tile)
    {
        var sums = new Span<int>(tile.Sums, Channels);
        for (int channel = 0; channel < Channels / 2; channel++)
        {
            ushort all = tile.Begin[channel], odd = tile.Begin[channel + Channels / 2]; // As vectors hold them, see WideSum.
            (sums[channel], sums[channel + Channels / 2]) = (all - (odd << 8), odd);
        }

        byte* w = tile.Panel;
        for (int run = 0; run < tile.RunCount; run++)
        {
            ushort* x = (ushort*)(tile.Input + tile.Places[0] + tile.Runs[run]);
            for (int g = 0; g < tile.RunLength; g++, w += Channels)
            {
                byte* table = ProductTables.Triples + x[g];
                for (int channel = 0; channel < Channels / 2; channel++)
                {
                    sums[channel] += table[w[2 * channel]];
                    sums[channel + Channels / 2] += table[w[2 * channel + 1]];
                }
            }
        }

        foreach (ref int sum in sums)
        {
            sum = (short)sum;
        }
    }
}
