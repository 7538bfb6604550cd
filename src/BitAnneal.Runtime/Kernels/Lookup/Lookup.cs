using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BitAnneal.Runtime.Kernels.Lookup;

/// <summary>The step that all lookups of 64 bytes have in common.</summary>
internal static class Lookup
{
    /// <summary>Adds what a table holds for weights. Saturating, though nothing saturates: on Zen 5, such additions run where shuffles cannot, others get in their way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref Vector512<byte> sum, Vector512<byte> table, Vector512<byte> weights) =>
        sum = Avx512BW.AddSaturate(sum, Avx512Vbmi.PermuteVar64x8(table, weights));

    /// <summary>The same for two panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref Vector512<byte> sum, ref Vector512<byte> next, Vector512<byte> table, Vector512<byte> weights, Vector512<byte> nextWeights)
    {
        Add(ref sum, table, weights);
        Add(ref next, table, nextWeights);
    }
}
