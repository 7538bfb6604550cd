using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods.Dqa;

/// <summary>DNN Quantization with Attention (arXiv 2103.13322), Algorithm 1.</summary>
/// <param name="plan">Which tensors, and how wide.</param>
/// <param name="options">λ, T(0), T(B), g.</param>
public sealed class DqaMethod(QuantizationPlan plan, DqaOptions? options = null) : QuantizingMethod(plan)
{
    private readonly DqaOptions options = options ?? new DqaOptions();
    private readonly List<(QuantizationSite Site, Attention Attention)> layers = [];
    private float[][]? costs; // λ·c_l·g of every layer.
    private double temperature;

    /// <inheritdoc/>
    public override string Name => "dqa";

    /// <inheritdoc/>
    public override string Fingerprint => $"{base.Fingerprint} {options} g {string.Join(' ', options.Penalty)}";

    /// <inheritdoc/>
    public override void BeforeStep(StepPosition position)
    {
        SetTemperature(position);
        foreach (var (_, attention) in layers)
        {
            attention.Normalise(); // α ← α / std(α)
        }
    }

    /// <inheritdoc/>
    public override void Finish(StepPosition last)
    {
        SetTemperature(last);
        layers.ForEach(l => l.Attention.Normalise()); // What is judged is a of the algorithm, not α as the last update left it.
    }

    /// <inheritdoc/>
    protected override void Begin()
    {
        layers.Clear();
        costs = null;
    }

    /// <summary>(6) r(α) = λ·Σ_l c_l·gᵀa_l, where c_l is what <see cref="DqaOptions.Normalizer"/> says.</summary>
    public override Tensor? Penalty()
    {
        if (layers.Count == 0 || options.Lambda == 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        costs ??= [.. layers.Select(l => Costs(l.Site, l.Attention.Partners.Count))];
        Tensor[] a = [.. layers.Select(l => l.Attention.LastAttention ?? throw new InvalidOperationException("the penalty belongs after the forward pass"))];
        return DotProducts.Sum(a, costs).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, double>> Metrics()
    {
        if (layers.Count == 0)
        {
            yield break;
        }

        yield return KeyValuePair.Create("temperature", temperature);
        foreach (var (site, attention) in layers)
        {
            var a = attention.CurrentWeights;
            for (int k = 0; k < a.Count; k++)
            {
                yield return KeyValuePair.Create($"attention/{site.Name}/{attention.Partners[k].Bits}", a[k]);
            }

            foreach (var (bits, range) in EvenRanges(attention))
            {
                yield return KeyValuePair.Create($"range/{site.Name}/{bits}/min", (double)range.Min);
                yield return KeyValuePair.Create($"range/{site.Name}/{bits}/max", (double)range.Max);
            }
        }
    }

    /// <inheritdoc/>
    protected override Quantizer CreateQuantizer(QuantizationSite site, IReadOnlyList<UniformQuantizer> partners, Device device)
    {
        if (partners.Count == 1)
        {
            return partners[0]; // K = 1 is plain training.
        }

        var owner = options.SharedAttention && site.Input is not null
            ? layers.Select(l => l.Attention).FirstOrDefault(a => a.Site == site.Input && a.Partners.Count == partners.Count)
            : null;
        var attention = new Attention(site.Name, partners, device, options.Normalization, options.BiasedDeviation, owner);
        layers.Add((site, attention));
        return attention;
    }

    /// <summary>
    /// The ranges of the last pass, from which the quantization function of the step can be drawn again: one per width, or the lowest width's alone
    /// where all share it. None where a grid is not evenly spaced over one range with all its levels.
    /// </summary>
    private static IEnumerable<(int Bits, ClipRange Range)> EvenRanges(Attention attention)
    {
        UniformQuantizer[] grids = [.. attention.Partners.Where(p => !p.IsFloat)];
        bool even = Array.TrueForAll(grids, g => g.Levels == 1 << g.Bits && g.LastRanges is [var r] && float.IsNaN(r.DeadZone));
        int count = !even ? 0 : grids.DistinctBy(g => g.Range).Count() == 1 ? 1 : grids.Length;
        return grids[..count].Select(g => (g.Bits, g.LastRanges![0]));
    }

    /// <summary>(5) T ← T(0)·ψᵇ with ψ = (T(B)/T(0))^(1/B): the first step already uses T(0)·ψ, the last one T(B).</summary>
    private void SetTemperature(StepPosition position)
    {
        temperature = options.Temperature.At(position.Step, position.TotalSteps);
        foreach (var (_, attention) in layers)
        {
            attention.Temperature = temperature;
        }
    }

    private float[] Costs(QuantizationSite site, int partners)
    {
        double factor = options.Lambda * Share(site);
        return [.. options.PenaltyOf(partners).Select(g => (float)(factor * g))];
    }

    /// <summary>c_l. Weights and activations are two populations: a penalty on one does not depend on how many there are of the other.</summary>
    private double Share(QuantizationSite site)
    {
        QuantizationSite[] alike = [.. layers.Select(l => l.Site).Where(s => s.Kind == site.Kind)];
        double elements = alike.Sum(s => (double)s.ElementCount);
        return options.Normalizer switch
        {
            PenaltyNormalizer.AsPrinted => 1 / elements,
            PenaltyNormalizer.LayerShare => site.ElementCount / elements,
            _ => 1.0 / alike.Length,
        };
    }
}
