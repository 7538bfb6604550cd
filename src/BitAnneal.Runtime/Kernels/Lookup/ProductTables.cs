using System.Runtime.InteropServices;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// Sums of products of two groups of 2-bit codes: table a, entry w holds Σᵢ aᵢ·wᵢ. Codes are counted from the lowest, so one set of tables serves all
/// grids. An entry is at most 9 per code, and 0 for codes 0: padding adds nothing.
/// </summary>
internal static unsafe class ProductTables
{
    private const int Codes = 3, Entries = 1 << (2 * Codes);

    /// <summary>64 tables of 64 bytes for groups of three, in memory that is never freed.</summary>
    public static byte* Triples { get; } = Build();

    private static byte* Build()
    {
        byte* tables = (byte*)NativeMemory.AlignedAlloc(Entries * Entries, 64);
        for (int a = 0; a < Entries; a++)
        {
            for (int w = 0; w < Entries; w++)
            {
                int sum = 0;
                for (int i = 0; i < Codes; i++)
                {
                    sum += ((a >> (2 * i)) & 3) * ((w >> (2 * i)) & 3);
                }

                tables[a * Entries + w] = (byte)sum;
            }
        }

        return tables;
    }
}
