using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime;
using BitAnneal.Runtime.Reference;
using BitAnneal.Tests;

namespace BitAnneal.Fuzz;

/// <summary>Networks that are planned and, where that takes no time, run in guarded memory and compared with the oracle.</summary>
internal abstract class NetworkTarget : Target
{
    private const long MostMacs = 2_000_000, MostElements = 200_000;

    /// <summary>Plans a network and runs it.</summary>
    /// <param name="graph">Read from a file that may be damaged.</param>
    /// <param name="seed">Of the image.</param>
    protected static Outcome Run(Graph graph, ulong seed)
    {
        IntegerSession session;
        try
        {
            if (graph.Nodes.Any(n => graph.ShapeOf(n.Name).ElementCount > MostElements) || Work(graph) > MostMacs)
            {
                IntegerSession.Create(graph);
                return Outcome.Read;
            }

            session = IntegerSession.Create(graph);
        }
        catch (BitAnnealException)
        {
            return Outcome.Refused;
        }

        float[] output = new float[session.OutputShape.ElementCount], expected;
        var oracle = new ReferenceInterpreter(graph);
        if (((Input)graph.Input.Operator).Grid is not null)
        {
            byte[] image = RandomGraphs.Bytes(graph, seed);
            session.Run(image, output);
            expected = oracle.Run(image);
        }
        else
        {
            float[] image = RandomGraphs.Floats(graph, seed);
            session.Run(image, output);
            expected = oracle.Run(image);
        }

        GC.KeepAlive(session);
        for (int i = 0; i < output.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(output[i]) != BitConverter.SingleToInt32Bits(expected[i]) && !(float.IsNaN(output[i]) && float.IsNaN(expected[i])))
            {
                throw new InvalidOperationException($"output {i} is {output[i]:R}, the oracle says {expected[i]:R}");
            }
        }

        return Outcome.Run;
    }

    // The oracle takes a hundred times as long.
    private static double Work(Graph graph) => NetworkCost.Measure(graph).Layers.Sum(l => (double)l.MultiplyAccumulates)
        + graph.Nodes.Sum(n => n.Operator switch
        {
            MaxPool pool => Windows(graph, n, pool.Kernel),
            AveragePool pool => Windows(graph, n, pool.Kernel),
            _ => 0,
        });

    private static double Windows(Graph graph, Node node, Extent kernel) => (double)graph.ShapeOf(node.Name).ElementCount * kernel.Y * kernel.X;
}
