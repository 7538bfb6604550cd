using BitAnneal.Graphs;
using BitAnneal.Runtime.Kernels.Lookup;

namespace BitAnneal.Runtime.Kernels;

/// <summary>Chooses the family of kernels for a layer.</summary>
/// <param name="set">What may be used.</param>
internal sealed class RunFamilies(KernelSet set)
{
    private readonly Dictionary<(int, int), RunFamily?> families = [];

    /// <summary>The family for two grids, or null where none serves them.</summary>
    public RunFamily? Find(Grid weight, Grid activation)
    {
        var levels = (weight.LevelCount, activation.LevelCount);
        if (!families.TryGetValue(levels, out var family))
        {
            families.Add(levels, family = Create(weight.LevelCount, activation.LevelCount));
        }

        return family;
    }

    private LookupFamily? Create(int weightLevels, int activationLevels) => (weightLevels, activationLevels, set) switch
    {
        ( <= 4, <= 4, KernelSet.Scalar) => new LookupFamily(weightLevels, activationLevels, isVector: false),
        ( <= 4, <= 4, KernelSet.Avx512) when LookupFamily.IsSupported => new LookupFamily(weightLevels, activationLevels, isVector: true),
        _ => null,
    };
}
