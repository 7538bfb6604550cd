using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>
/// A random direction in the space of all weights, filter by filter as long as the weights themselves (Li et al., arXiv 1712.09913): Gaussian,
/// then every filter scaled to the norm of the filter that it moves. Biases and batch normalisation stay where they are.
/// </summary>
public static class FilterDirection
{
    /// <summary>Draws a direction.</summary>
    /// <param name="graph">A float network.</param>
    /// <param name="random">Where the numbers come from.</param>
    /// <returns>A tensor per weight, by name, in the order of the nodes. A filter is an index of dimension 0.</returns>
    public static IReadOnlyList<(string Name, FloatTensor Value)> Draw(Graph graph, SeededRandom random) =>
    [
        .. graph.Nodes.SelectMany(node => graph.ParametersOf(node).Where(s => s.Kind == ParameterKind.Weight).Select(s => node.Parameter(s.Role)))
            .Select(name => (name, Draw(graph.Parameters[name], random))),
    ];

    private static FloatTensor Draw(GraphTensor weight, SeededRandom random)
    {
        float[] theta = weight.ToFloats(), direction = new float[theta.Length];
        int size = theta.Length / weight.Shape[0];
        for (int start = 0; start < theta.Length; start += size)
        {
            var filter = direction.AsSpan(start, size);
            foreach (ref float d in filter)
            {
                d = (float)random.NextGaussian();
            }

            double factor = Norm(theta.AsSpan(start, size)) / Norm(filter);
            foreach (ref float d in filter)
            {
                d = (float)(factor * d);
            }
        }

        return new FloatTensor(weight.Shape, direction);
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float v in values)
        {
            sum += (double)v * v;
        }

        return Math.Sqrt(sum);
    }
}
