using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels.Lookup;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Chooses the family of kernels for a layer.</summary>
/// <param name="set">What may be used; emitted kernels only where the choice is free.</param>
internal sealed class RunFamilies(KernelSet set)
{
    private const int LeastOutputsToLookUp = 33; // Up to 32, a lookup would waste half of its lanes.

    private readonly Dictionary<(int, int, int, int), RunFamily> families = [];

    /// <summary>The family for a layer.</summary>
    /// <param name="weight">Grid of the weights.</param>
    /// <param name="activation">Grid of the input.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="taps">Codes under one output place.</param>
    public RunFamily Find(Grid weight, Grid activation, int outputs, int taps)
    {
        var key = (weight.LevelCount, activation.LevelCount, outputs, taps);
        if (!families.TryGetValue(key, out var family))
        {
            families.Add(key, family = Create(weight, activation, outputs, taps));
        }

        return family;
    }

    private RunFamily Create(Grid weight, Grid activation, int outputs, int taps)
    {
        if (weight.Bits == 1 && activation.Bits == 1)
        {
            return new WordFamily(WordRunKernels.ForBits(set, outputs));
        }

        var lookup = outputs < LeastOutputsToLookUp ? null
            : set is KernelSet.Auto or KernelSet.Avx512 && LookupFamily.IsSupported512 ? LookupFamily.Vector512(weight.LevelCount, activation.LevelCount)
            : set is KernelSet.Auto or KernelSet.Vector256 && Avx2.IsSupported ? LookupFamily.Vector256(weight.LevelCount, activation.LevelCount)
            : null;
        if (taps <= lookup?.MaxTaps)
        {
            return lookup;
        }

        return set == KernelSet.Scalar && weight.LevelCount is 3 or 4 && activation.LevelCount <= 4
            ? LookupFamily.Scalar(weight.LevelCount, activation.LevelCount)
            : new WordFamily(WordRunKernels.ForBytes(set, activation.LevelCount - 1, weight.Bits, outputs));
    }
}
