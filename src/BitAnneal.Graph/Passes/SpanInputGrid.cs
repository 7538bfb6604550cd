using BitAnneal.Graphs.Operators;

namespace BitAnneal.Graphs.Passes;

/// <summary>A byte image reaches the first layer on one 8-bit grid that spans what the bytes can mean, whatever the width of other activations.</summary>
public static class SpanInputGrid
{
    /// <summary>Gives that grid to every <see cref="Quantize"/> node without one that reads an input with a grid.</summary>
    public static Graph Apply(Graph graph)
    {
        if (graph.Input.Operator is not Input { Grid: { } grid })
        {
            return graph;
        }

        var channels = Enumerable.Range(0, grid.Scales.Length);
        float min = channels.Min(c => grid.Dequantize(grid.MinCode, c)), max = channels.Max(c => grid.Dequantize(grid.MaxCode, c));
        float step = (float)(((double)max - min) / Grid.LastCode(Grid.MaxBits));
        var shared = Grid.Uniform(Grid.MaxBits, step > 0 ? step : 1, min);
        return new Graph(
            graph.Name,
            graph.Nodes.Select(n => n.Operator is Quantize { Grid: null } && n.Inputs[0] == graph.Input.Name ? n with { Operator = new Quantize(shared) } : n),
            graph.Parameters);
    }
}
