using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;

namespace BitAnneal.Cli.Commands.Bench.Ort;

/// <summary>
/// A float network quantized to 8 bits as ONNX Runtime's static quantizer does it: unsigned activations with a zero point behind every operator,
/// signed weights per channel around zero. That is what its graph optimiser fuses into integer operators.
/// </summary>
internal static class EightBitTwin
{
    /// <summary>Quantizes.</summary>
    /// <param name="twin">From <see cref="FloatTwin"/>.</param>
    /// <param name="image">Its values give the ranges.</param>
    public static Graph Create(Graph twin, BenchImage image)
    {
        string[] quantized = [.. twin.Nodes.Where(n => IsQuantized(twin, n)).Select(n => n.Name)];
        string[] measured = [.. quantized.Where(n => !KeepsGrid(twin[n].Operator))];
        var grids = measured.Zip(image.Read(twin, measured), (n, v) => (Name: n, Grid: Unsigned(v.Min(), v.Max()))).ToDictionary(p => p.Name, p => p.Grid);
        var nodes = new List<Node>();
        foreach (var node in twin.Nodes)
        {
            nodes.Add(node with { Inputs = [.. node.Inputs.Select(i => quantized.Contains(i) ? InsertQuantizers.MarkerOf(i) : i)] });
            if (quantized.Contains(node.Name))
            {
                var grid = grids.TryGetValue(node.Name, out var own) ? own : grids[node.Name] = grids[node.Inputs[0]];
                nodes.Add(new Node(InsertQuantizers.MarkerOf(node.Name), new Quantize(grid), [node.Name]));
            }
        }

        var weights = twin.Nodes.Where(n => n.Operator is Conv2d or Linear).Select(n => n.Parameter("weight")).ToHashSet();
        return new Graph(twin.Name, nodes, twin.Parameters.Select(p => weights.Contains(p.Key) ? KeyValuePair.Create(p.Key, (GraphTensor)Signed(p.Value)) : p));
    }

    /// <summary>Not the logits, and not what a rectifier reads: the grid behind a rectifier does its work.</summary>
    private static bool IsQuantized(Graph graph, Node node) =>
        node.Operator is not Output && graph.ConsumersOf(node.Name).ToList() is var readers && !readers.TrueForAll(r => r.Operator is Relu or Relu6 or Output);

    /// <summary>Operators whose result lies on the grid of their operand.</summary>
    private static bool KeepsGrid(Operator op) => op is MaxPool or StridedSlice or Flatten or Pad;

    private static Grid Unsigned(float min, float max)
    {
        min = Math.Min(min, 0); // Padding is zero: zero has a code.
        max = Math.Max(max, -min * 127 / 128); // A grid's lowest code is -128 at least.
        float scale = (max - min) / 255;
        scale = scale > 0 ? scale : 1;
        int zero = Math.Min(128, (int)Math.Round(-min / scale));
        return new Grid(-zero, 255 - zero, [scale], [0]);
    }

    private static QuantizedTensor Signed(GraphTensor weight)
    {
        float[] values = weight.ToFloats();
        int channels = weight.Shape[0], stride = values.Length / channels;
        float[] scales = [.. Enumerable.Range(0, channels).Select(c => values.Skip(c * stride).Take(stride).Max(Math.Abs) / 127).Select(s => s > 0 ? s : 1)];
        var grid = new Grid(-127, 127, scales, new float[channels]);
        int[] codes = [.. values.Select((v, i) => grid.Quantize(v, i / stride))];
        return QuantizedTensor.FromCodes(weight.Shape, grid, codes);
    }
}
