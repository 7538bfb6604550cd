using System.Globalization;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Models;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>
/// A known network, frozen with random codes: as fast as a trained one. Weights lie on symmetric grids with the deviation of He's start values;
/// every activation grid is fitted to the values that reach it for a random image, so that all its codes occur.
/// </summary>
internal static class RandomNetwork
{
    /// <summary>The width that stands for float32.</summary>
    public const int FloatBits = 32;

    /// <summary>Shares of values below and above an activation grid. The rest spreads over its codes.</summary>
    private const double Tail = 0.01;

    /// <summary>Draws a network.</summary>
    /// <param name="model">Name of a known network.</param>
    /// <param name="weightBits">Width of weights, 1 to 8.</param>
    /// <param name="activationBits">Width of activations, 1 to 8, or 32 for float. A byte image enters at 8 bits.</param>
    /// <param name="edgeBits">Width of weights and activations of the first and the last layer; null: the same as all others.</param>
    /// <param name="seed">Seed of codes and image.</param>
    public static Graph Create(string model, int weightBits, int activationBits, int? edgeBits, ulong seed)
    {
        var graph = ModelCatalog.Create(model, seed);
        string[] layers = [.. graph.Nodes.Where(n => n.Operator is Conv2d or Linear).Select(n => n.Name)];
        int BitsOf(Node node, int bits) => !layers.Contains(node.Name) ? FloatBits : node.Name == layers[0] || node.Name == layers[^1] ? edgeBits ?? bits : bits;
        string? WidthOf(Node node) => BitsOf(node, activationBits) is var bits and <= Grid.MaxBits ? $"{bits}" : null;
        var marked = SpanInputGrid.Apply(InsertQuantizers.Apply(graph, WidthOf));
        var random = SeededRandom.ForStream(seed, 1);
        var drawn = graph.Nodes.SelectMany(n => Draw(graph, n, BitsOf(n, weightBits), random));
        var frozen = RemoveDeadNodes.Apply(FoldBatchNorm.Apply(marked.WithParameters(drawn.ToList())));
        return Calibrate(frozen, marker => int.Parse(WidthOf(frozen.ConsumersOf(marker).First())!, CultureInfo.InvariantCulture), new BenchImage(frozen, seed));
    }

    /// <summary>Random codes of a layer. Gains and shifts of a batch normalisation differ between channels, as in a trained network.</summary>
    private static IEnumerable<KeyValuePair<string, GraphTensor>> Draw(Graph graph, Node node, int bits, SeededRandom random)
    {
        foreach (var spec in graph.ParametersOf(node))
        {
            string name = node.Parameter(spec.Role);
            if (spec.Kind == ParameterKind.Weight && bits <= Grid.MaxBits)
            {
                yield return new(name, Codes(spec.Shape, bits, random));
            }
            else if (spec.Kind is ParameterKind.Gain or ParameterKind.Bias)
            {
                float middle = spec.Kind == ParameterKind.Gain ? 1 : 0;
                yield return new(name, new FloatTensor(spec.Shape, [.. Enumerable.Range(0, (int)spec.Shape.ElementCount).Select(_ => middle + (float)random.NextDouble(-0.3, 0.3))]));
            }
        }
    }

    private static QuantizedTensor Codes(TensorShape shape, int bits, SeededRandom random)
    {
        // Codes drawn evenly from L levels of distance s have the deviation s·√((L² − 1)/12).
        int last = Grid.LastCode(bits), levels = last + 1;
        float scale = (float)(Math.Sqrt(2.0 * shape[0] / shape.ElementCount) * Math.Sqrt(12.0 / ((double)levels * levels - 1)));
        byte[] codes = new byte[shape.ElementCount];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (byte)random.Next(levels);
        }

        return new QuantizedTensor(shape, Grid.Uniform(bits, scale, -scale * last / 2), PackedCodes.Pack(codes, bits));
    }

    /// <summary>One marker after another, because each changes what reaches the next.</summary>
    private static Graph Calibrate(Graph graph, Func<string, int> bitsOf, BenchImage image)
    {
        foreach (var marker in graph.Nodes.Where(n => n.Operator is Quantize { Grid: null }))
        {
            float[] values = image.Read(graph, [marker.Inputs[0]])[0];
            var closed = marker with { Operator = new Quantize(Fit(values, bitsOf(marker.Name))) };
            graph = new Graph(graph.Name, graph.Nodes.Select(n => n.Name == marker.Name ? closed : n), graph.Parameters);
        }

        return graph;
    }

    private static Grid Fit(float[] values, int bits)
    {
        Array.Sort(values);
        float min = values[(int)(Tail * values.Length)], max = values[(int)((1 - Tail) * (values.Length - 1))];
        float step = (max - min) / Grid.LastCode(bits);
        return Grid.Uniform(bits, step > 0 ? step : 1, min);
    }
}
