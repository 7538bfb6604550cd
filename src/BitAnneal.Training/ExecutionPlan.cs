using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Training;

/// <summary>The order in which a graph runs, with the sums and rectifiers in front of quantizers drawn into these.</summary>
internal static class ExecutionPlan
{
    /// <summary>One step.</summary>
    /// <param name="Node">What the step computes; the value in front of the quantizer where that is drawn in.</param>
    /// <param name="Inputs">Values that it reads.</param>
    /// <param name="Site">The open <see cref="Quantize"/> node that it carries out; null for none.</param>
    /// <param name="Rectifier">The activation function in front of the quantizer that it carries out.</param>
    /// <param name="KeepsValue">Whether others read the value in front of the quantizer.</param>
    /// <param name="OwnsInput">Whether the step with a site is the only reader of its first input, a backward pass included, and may overwrite it.</param>
    public sealed record Step(Node Node, string[] Inputs, string? Site = null, Rectifier Rectifier = Rectifier.None, bool KeepsValue = false, bool OwnsInput = false);

    /// <summary>The steps of a graph.</summary>
    public static Step[] Of(Graph graph)
    {
        var steps = new Dictionary<string, Step?>(StringComparer.Ordinal); // By node; null where another step does its work.
        foreach (var producer in graph.Nodes.Where(n => n.Operator is Relu or Relu6 or Add))
        {
            Node[] readers = [.. graph.ConsumersOf(producer.Name)], open = [.. readers.Where(IsOpen)];
            var before = graph[producer.Inputs[0]];
            var rectifier = producer.Operator switch { Relu => Rectifier.Relu, Relu6 => Rectifier.Relu6, _ => Rectifier.None };
            bool keeps = open.Length < readers.Length, sums = rectifier == Rectifier.Relu && before.Operator is Add && graph.ConsumersOf(before.Name).Count() == 1;
            if (rectifier != Rectifier.None && !sums && !keeps)
            {
                steps[producer.Name] = null; // Every quantizer rectifies for itself.
                foreach (var quantizer in open)
                {
                    steps[quantizer.Name] = new Step(quantizer, [.. producer.Inputs], quantizer.Name, rectifier);
                }
            }
            else if (open is [var only] && rectifier != Rectifier.Relu6) // Nobody keeps the value of a ReLU6 that is quantized; it stays a step of its own.
            {
                steps[producer.Name] = new Step(producer, [.. (sums ? before : producer).Inputs], only.Name, rectifier, keeps);
                steps[only.Name] = null;
                if (sums)
                {
                    steps[before.Name] = null;
                }
            }
        }

        Step[] all = [.. graph.Nodes.Select(n => steps.TryGetValue(n.Name, out var step) ? step : new Step(n, [.. n.Inputs], IsOpen(n) ? n.Name : null)).OfType<Step>()];
        var reads = all.SelectMany(s => s.Inputs).CountBy(i => i, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var kept = all.Where(s => s.Site is not null).Select(s => s.Node.Name).ToHashSet(StringComparer.Ordinal); // The quantizer of such a value may hold it for its backward pass.
        return [.. all.Select(s => s with { OwnsInput = s.Site is not null && reads[s.Inputs[0]] == 1 && !kept.Contains(s.Inputs[0]) && IsForgotten(graph[s.Inputs[0]]) })];
    }

    /// <summary>The number of the last step that reads each value.</summary>
    public static Dictionary<string, int> LastUses(Step[] steps)
    {
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < steps.Length; i++)
        {
            foreach (string name in steps[i].Inputs)
            {
                last[name] = i;
            }
        }

        return last;
    }

    /// <summary>Whether the backward pass of the operator does without its result.</summary>
    private static bool IsForgotten(Node node) => node.Operator is BatchNorm or Conv2d or Linear or Add;

    private static bool IsOpen(Node node) => node.Operator is Quantize { Grid: null };
}
