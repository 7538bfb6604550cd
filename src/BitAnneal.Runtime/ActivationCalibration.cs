using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;

namespace BitAnneal.Runtime;

/// <summary>
/// Static activation grids for a network of low-bit weights and float activations, after training: it then runs on integers, several times as fast, at a
/// small loss. Nothing is retrained.
/// </summary>
public static class ActivationCalibration
{
    /// <summary>Puts a grid in front of every layer of codes that reads reals. It spans the least and the largest value there over the images.</summary>
    /// <param name="graph">Frozen; takes bytes.</param>
    /// <param name="images">Planar bytes of the input's shape, at least one image.</param>
    /// <param name="bits">Width of the activations, 1 to 8. The bytes of the image stay at 8.</param>
    /// <param name="options">How the values are computed.</param>
    /// <returns>The network, and the names of the new <see cref="Quantize"/> nodes.</returns>
    /// <exception cref="BitAnnealException">No layer of codes reads reals, there is no image, or a value is not finite.</exception>
    public static (Graph Graph, IReadOnlyList<string> Markers) Apply(Graph graph, IEnumerable<ReadOnlyMemory<byte>> images, int bits = Grid.MaxBits, SessionOptions? options = null)
    {
        var marked = SpanInputGrid.Apply(InsertQuantizers.Apply(graph, node => ReadsReals(graph, node)));
        Node[] open = [.. marked.Nodes.Where(n => n.Operator is Quantize { Grid: null })];
        string[] markers = [.. marked.Nodes.Select(n => n.Name).Where(n => !graph.Contains(n))];
        if (markers.Length == 0)
        {
            throw new BitAnnealException($"{graph.Name} has no layer of low-bit weights that reads float activations: there is nothing to calibrate");
        }

        var ranges = open.Select(_ => (Min: float.PositiveInfinity, Max: float.NegativeInfinity)).ToArray();
        if (open.Length > 0)
        {
            // A marker changes nothing about the values in front of it, so all are read in one run of the network as it is.
            var probe = new ValueProbe(graph, [.. open.Select(n => n.Inputs[0])], options);
            foreach (var image in images)
            {
                probe.Run(image.Span);
                for (int i = 0; i < open.Length; i++)
                {
                    foreach (float value in probe.Values(i))
                    {
                        ranges[i] = (Math.Min(ranges[i].Min, value), Math.Max(ranges[i].Max, value)); // NaN stays.
                    }
                }
            }
        }

        var grids = open.Zip(ranges, (n, r) => KeyValuePair.Create(n.Name, Fit(n, r.Min, r.Max, bits))).ToDictionary(StringComparer.Ordinal);
        var nodes = marked.Nodes.Select(n => grids.TryGetValue(n.Name, out var grid) ? n with { Operator = new Quantize(grid) } : n);
        return (RemoveDeadNodes.Apply(new Graph(graph.Name, nodes, graph.Parameters)), markers);
    }

    private static bool ReadsReals(Graph graph, Node node) => node.Operator is Conv2d or Linear
        && graph.Parameters[node.Parameter("weight")] is QuantizedTensor && graph.GridOf(node.Inputs[0]) is null or { IsPerChannel: true };

    private static Grid Fit(Node marker, float min, float max, int bits)
    {
        if (min > max)
        {
            throw new BitAnnealException("calibration needs at least one image");
        }

        if (!float.IsFinite(min) || !float.IsFinite(max))
        {
            throw new BitAnnealException($"the values in front of '{marker.Name}' are not all finite; the network cannot be calibrated");
        }

        float step = (float)(((double)max - min) / Grid.LastCode(bits));
        return Grid.Uniform(bits, step > 0 && float.IsFinite(step) ? step : 1, min);
    }
}
