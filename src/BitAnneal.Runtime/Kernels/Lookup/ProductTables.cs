using System.Runtime.InteropServices;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// Sums of products of two groups of 2-bit codes: table a, entry w holds Σᵢ aᵢ·wᵢ. Codes are counted from the lowest, so one set of tables serves all
/// grids. An entry is at most 9 per code, and 0 for codes 0: padding adds nothing.
/// </summary>
internal static unsafe class ProductTables
{
    /// <summary>64 tables of 64 bytes for groups of three, in memory that is never freed.</summary>
    public static byte* Triples { get; } = Build(3, 64);

    /// <summary>16 tables of 32 bytes for groups of two: 16 entries, twice, for shuffles that stay within 128 bits.</summary>
    public static byte* Pairs { get; } = Build(2, 32);

    private static byte* Build(int codes, int tableBytes)
    {
        int entries = 1 << (2 * codes);
        byte* tables = (byte*)NativeMemory.AlignedAlloc((nuint)(entries * tableBytes), 64);
        for (int a = 0; a < entries; a++)
        {
            for (int w = 0; w < tableBytes; w++)
            {
                int sum = 0;
                for (int i = 0; i < codes; i++)
                {
                    sum += ((a >> (2 * i)) & 3) * ((w >> (2 * i)) & 3);
                }

                tables[a * tableBytes + w] = (byte)sum;
            }
        }

        return tables;
    }
}
