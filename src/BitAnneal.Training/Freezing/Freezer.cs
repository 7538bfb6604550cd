using System.Collections.Immutable;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Training.Relaxations;
using static TorchSharp.torch;

namespace BitAnneal.Training.Freezing;

/// <summary>Turns a trained module into a graph of codes and grids.</summary>
public static class Freezer
{
    /// <summary>A tensor has settled when Q₁ holds at least this share of its mixture (dqa.md, section 14).</summary>
    public const double SettledShare = 0.99;

    /// <summary>Freezes: every quantizer collapses to Q₁ whatever its mixture says, then batch normalisation is folded.</summary>
    /// <param name="module">A trained module.</param>
    /// <param name="allowUnsettled">Freeze even where a mixture has not settled on Q₁.</param>
    /// <exception cref="BitAnnealException">Tensors have not settled: all are listed, with remedies.</exception>
    public static FrozenNetwork Freeze(GraphModule module, bool allowUnsettled = false)
    {
        var unsettled = module.Quantizers.OfType<Relaxation>().Where(r => r.CurrentWeights[0] < SettledShare).ToList();
        if (unsettled.Count > 0 && !allowUnsettled)
        {
            string list = string.Join(", ", unsettled.Select(r => FormattableString.Invariant($"{r.Site} ({r.CurrentWeights[0]:F3})")));
            throw new BitAnnealException(
                $"the mixture of {unsettled.Count} tensor(s) has not settled on its lowest width (share below {SettledShare}): {list}; "
                + "train longer, raise --lambda, or accept the collapsed network with --allow-unsettled");
        }

        var sites = ImmutableArray.CreateBuilder<FrozenSite>();
        var parameters = new Dictionary<string, GraphTensor>(module.ToGraph().Parameters, StringComparer.Ordinal);
        var grids = new Dictionary<string, Grid>(StringComparer.Ordinal);
        foreach (var quantizer in module.Quantizers.Where(q => !q.Target.IsFloat))
        {
            Grid grid;
            WeightSpread? spread = null;
            if (parameters.ContainsKey(quantizer.Site))
            {
                var frozen = quantizer.Freeze(module.Latent(quantizer.Site));
                parameters[quantizer.Site] = frozen;
                grid = frozen.Grid;
                spread = WeightSpread.Of(frozen, quantizer.Target.NearThresholds(module.Latent(quantizer.Site), WeightSpread.Nearness));
            }
            else
            {
                grid = ActivationGrid(quantizer);
                grids[quantizer.Site] = grid;
            }

            double share = quantizer is Relaxation relaxation ? relaxation.CurrentWeights[0] : 1;
            sites.Add(new FrozenSite(quantizer.Site, grid, share, quantizer is Relaxation { IsScheduled: true }) { Spread = spread });
        }

        var nodes = module.Graph.Nodes.Select(n => grids.TryGetValue(n.Name, out var grid) ? n with { Operator = new Quantize(grid) } : n);
        var graph = new Graph(module.Graph.Name, nodes, parameters);
        return new FrozenNetwork(RemoveDeadNodes.Apply(FoldBatchNorm.Apply(graph)), sites.ToImmutable());
    }

    private static Grid ActivationGrid(Quantizers.Quantizer quantizer)
    {
        using var never = zeros(1); // A trained range does not look at it.
        return quantizer.Target.FrozenGrid(never);
    }
}
