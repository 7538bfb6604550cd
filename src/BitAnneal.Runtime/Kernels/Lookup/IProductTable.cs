using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>The table of 64 bytes that a group of activation codes selects: entry w is the sum of products of the group with the weights that make up w, as <see cref="ProductTables"/> counts them.</summary>
internal unsafe interface IProductTable
{
    /// <summary>What a group is, in names of kernels.</summary>
    static abstract string Name { get; }

    /// <summary>Bytes of a group of activation codes.</summary>
    static abstract int GroupBytes { get; }

    /// <summary>Whether sums of products may be negative.</summary>
    static abstract bool IsSigned { get; }

    /// <summary>Memory of all tables, aligned to 64 bytes and never freed.</summary>
    static abstract byte* Memory { get; }

    /// <summary>The table of a group.</summary>
    /// <param name="tables"><see cref="Memory"/>.</param>
    /// <param name="group">Activation codes.</param>
    static abstract Vector512<byte> Load(byte* tables, byte* group);
}

/// <summary>Three weights and three activations of 2 bits: one table, whose offset is the group.</summary>
internal readonly unsafe struct TripleTable : IProductTable
{
    public static string Name => "3 x 2-bit";

    public static int GroupBytes => sizeof(ushort);

    public static bool IsSigned => true;

    public static byte* Memory => ProductTables.Triples;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(byte* tables, byte* group) => Vector512.LoadAligned(tables + *(ushort*)group);
}

/// <summary>
/// Six weights of 1 bit and six activations of 2 bits: the sum of two tables, one for each three, whose offsets are the group. Tables of the first three repeat
/// every 8 bytes: a broadcast of 8 costs less than a load of 64.
/// </summary>
internal readonly unsafe struct SextupleTable : IProductTable
{
    public static string Name => "6 x 1-bit";

    public static int GroupBytes => 2 * sizeof(ushort);

    public static bool IsSigned => false;

    public static byte* Memory => ProductTables.Sextuples;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(byte* tables, byte* group) =>
        Vector512.Create(*(ulong*)(tables + ((ushort*)group)[0])).AsByte() + Vector512.LoadAligned(tables + ProductTables.SextuplesUpper + ((ushort*)group)[1]);
}

/// <summary>
/// Six weights of 1 bit and six activations of up to 4 bits: the sum of three tables, one for each pair. Entries of the first two repeat every 4 and 16
/// bytes and are held once, so that all fit the first cache.
/// </summary>
internal readonly unsafe struct PairsTable : IProductTable
{
    public static string Name => "6 x 1-bit, pairs";

    public static int GroupBytes => sizeof(int);

    public static bool IsSigned => false;

    public static byte* Memory => ProductTables.Pairs;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(byte* tables, byte* group)
    {
        var low = Vector512.Create(*(int*)(tables + ProductTables.PairsLow + 4 * (nint)group[0])).AsByte();
        var middle = Avx512F.BroadcastVector128ToVector512((int*)(tables + ProductTables.PairsMiddle + 16 * (nint)group[1])).AsByte();
        return low + middle + Vector512.LoadAligned(tables + 64 * (nint)group[2]);
    }
}
