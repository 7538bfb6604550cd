using static TorchSharp.torch;

namespace BitAnneal.Training.Quantizers;

/// <summary>What a <see cref="QuantizerBuilder"/> is told.</summary>
/// <param name="Site">Name of the tensor.</param>
/// <param name="Spec">Family, width, options.</param>
/// <param name="InitialClip">Start value of a learned clip, in units of the activation.</param>
/// <param name="Device">Where learned parts live.</param>
/// <param name="Shared">Ranges of this tensor so far, by key: quantizers that ask with the same key share one.</param>
public sealed record QuantizerRequest(string Site, QuantizerSpec Spec, float InitialClip, Device Device, Dictionary<string, QuantizerRange> Shared)
{
    /// <summary>Whether an option was given.</summary>
    public bool Has(string option) => Spec.Options.Contains(option);

    /// <summary>A range that quantizers of different widths share.</summary>
    public QuantizerRange Share(Func<QuantizerRange> create)
    {
        string key = $"{Spec.Family}:{string.Join(':', Spec.Options)}";
        if (!Shared.TryGetValue(key, out var range))
        {
            Shared[key] = range = create();
        }

        return range;
    }
}
