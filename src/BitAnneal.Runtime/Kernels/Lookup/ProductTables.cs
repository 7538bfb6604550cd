using System.Runtime.InteropServices;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>
/// Sums of products of two groups of codes: table a, entry w holds Σᵢ aᵢ·wᵢ. Activations and weights of 1 bit are counted from the lowest code, so one set of
/// tables serves all grids. The memory is never freed.
/// <para>Weights of 2 bits are counted from code 1, −1 to 2, and −a is held as 3 − a, a constant more for each such weight: the products are smaller than
/// those of 0 to 3, so that bytes hold the sums of more of them.</para>
/// </summary>
internal static unsafe class ProductTables
{
    /// <summary>Where the tables of the second three of a sextuple begin.</summary>
    public const int SextuplesUpper = Entries * Entries;

    /// <summary>Where the entries of first and of second pairs begin.</summary>
    public const int PairsMiddle = PairCodes * Entries, PairsLow = PairsMiddle + PairCodes * 16;

    private const int Entries = 64, PairCodes = 256, LargestActivation = 3;

    /// <summary>What is subtracted from weight codes of 2 bits.</summary>
    public const int WeightBias = 1;

    /// <summary>64 tables of 64 bytes: three codes of 2 bits with three of 2 bits.</summary>
    public static byte* Triples { get; } = Build(Entries * Entries, tables => Fill(tables, Entries, Entries, 3, 2, 2, 0));

    /// <summary>The same with the weights for the table and the activations for its entry.</summary>
    public static byte* TriplesOfWeights { get; } = Build(Entries * Entries, tables =>
    {
        for (int i = 0; i < Entries * Entries; i++)
        {
            tables[i % Entries * Entries + i / Entries] = Triples[i];
        }
    });

    /// <summary>16 tables of 16 bytes, each twice: two codes of 2 bits with two of 2 bits.</summary>
    public static byte* Couples { get; } = Build(16 * 32, tables => Fill(tables, 16, 32, 2, 2, 2, 0));

    /// <summary>Twice 64 tables of 64 bytes: three codes of 2 bits with the lower, and with the upper, three of six codes of 1 bit.</summary>
    public static byte* Sextuples { get; } = Build(2 * SextuplesUpper, tables =>
    {
        Fill(tables, Entries, Entries, 3, 2, 1, 0);
        Fill(tables + SextuplesUpper, Entries, Entries, 3, 2, 1, 3);
    });

    /// <summary>Two codes of 4 bits with the upper, the middle and the lower two of six codes of 1 bit: 256 tables of 64, of 16 and of 4 bytes.</summary>
    public static byte* Pairs { get; } = Build(PairsLow + PairCodes * 4, tables =>
    {
        Fill(tables, PairCodes, Entries, 2, 4, 1, 4);
        Fill(tables + PairsMiddle, PairCodes, 16, 2, 4, 1, 2);
        Fill(tables + PairsLow, PairCodes, 4, 2, 4, 1, 0);
    });

    /// <summary>How a weight code of 2 bits is held in the number of an entry: those that are 0 give 0.</summary>
    public static int Entry(int code) => (code - WeightBias) & 3;

    /// <summary>What the products of a weight of 2 bits and an activation can be at most, as the tables hold them.</summary>
    /// <param name="code">Code of the weight.</param>
    public static int Largest(int code) => LargestActivation * Math.Abs(code - WeightBias);

    /// <summary>What the tables hold too much for a weight of 2 bits.</summary>
    /// <param name="code">Code of the weight.</param>
    public static int Excess(int code) => LargestActivation * Math.Max(WeightBias - code, 0);

    private delegate void Filler(byte* tables);

    private static byte* Build(int bytes, Filler fill)
    {
        byte* tables = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        fill(tables);
        return tables;
    }

    /// <summary>Fills a table for every group of activation codes.</summary>
    /// <param name="tables">Where.</param>
    /// <param name="groups">Groups.</param>
    /// <param name="entries">Entries of a table.</param>
    /// <param name="codes">Codes of a group.</param>
    /// <param name="activationBits">Bits of an activation code in the number of its group.</param>
    /// <param name="weightBits">Bits of a weight code in the number of an entry.</param>
    /// <param name="shift">Place of the first weight code there.</param>
    private static void Fill(byte* tables, int groups, int entries, int codes, int activationBits, int weightBits, int shift)
    {
        int activationMask = (1 << activationBits) - 1, weightMask = (1 << weightBits) - 1;
        for (int a = 0; a < groups; a++)
        {
            for (int w = 0; w < entries; w++)
            {
                int sum = 0;
                for (int i = 0; i < codes; i++)
                {
                    int code = (a >> (activationBits * i)) & activationMask, entry = (w >> (shift + weightBits * i)) & weightMask;
                    sum += weightBits > 1 && entry == Entry(0) ? activationMask - code : code * entry;
                }

                tables[a * entries + w] = (byte)sum;
            }
        }
    }
}
