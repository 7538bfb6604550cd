using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Planning;

/// <summary>
/// Bounds on what a file asks for, checked before anything of that size is allocated. Steps count pixels, places and elements in 32 bits; with these bounds,
/// and with working memory below 2 GiB, no such number wraps around.
/// </summary>
internal static class PlanLimits
{
    /// <summary>Numbers of elements, and of pixels with their padding, stay this far below 2³¹ that they may be rounded up to whole vectors.</summary>
    private const long MostElements = int.MaxValue - 256;

    private const long MostBytes = int.MaxValue - 128;

    /// <summary>Checks what the shapes alone tell.</summary>
    /// <exception cref="GraphException">A node cannot be run; the message names it and the reason.</exception>
    public static void Check(Graph graph)
    {
        foreach (var node in graph.Nodes)
        {
            var shape = graph.ShapeOf(node.Name);
            Require(node, shape.ElementCount, MostElements, $"its value {shape} has {shape.ElementCount} elements");
            if (shape.Rank is 2 or > 3 && GridOf(node) is { IsPerChannel: true } grid)
            {
                throw new GraphException(
                    node.Name, $"its value {shape} has a grid for each of {grid.Scales.Length} channels; the engine runs those of vectors and of images C×H×W; use one grid for all channels");
            }

            if (node.Operator is Conv2d { Padding: var padding })
            {
                var input = graph.ShapeOf(node.Inputs[0]);
                long pixels = (input[1] + 2L * padding.Y) * (input[2] + 2L * padding.X);
                Require(node, pixels, MostElements, $"its input {input} with padding {padding} has {pixels} pixels");
            }
        }
    }

    /// <summary>Checks the memory of a planned network.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="steps">Its steps.</param>
    /// <param name="bytes">What they need together.</param>
    /// <exception cref="BitAnnealException">It is too much; the message names the node that needs most by itself.</exception>
    public static void CheckWorkingMemory(Graph graph, IReadOnlyList<Step> steps, long bytes)
    {
        if (bytes < 0 || bytes >= MostBytes)
        {
            var largest = steps.MaxBy(s => s.ScratchBytes + s.AllWrites.Concat(s.Reads).Sum(w => (double)w.ByteCount))!;
            throw new BitAnnealException(
                $"{graph.Name} needs {bytes} bytes of working memory, most of them at node '{largest.Node}'; at most 2 GiB are possible; use smaller images or less padding");
        }
    }

    /// <summary>Plans a node; what does not fit 32 bits is refused in its name.</summary>
    public static void Named(Node node, Action plan)
    {
        try
        {
            plan();
        }
        catch (OverflowException)
        {
            throw new GraphException(node.Name, "its tables pass 2 GiB; use smaller images, kernels or paddings");
        }
        catch (BitAnnealException e) when (e is not GraphException)
        {
            throw new GraphException(node.Name, e.Message);
        }
    }

    private static Grid? GridOf(Node node) => node.Operator switch
    {
        Input input => input.Grid,
        Quantize quantize => quantize.Grid,
        _ => null,
    };

    private static void Require(Node node, long count, long limit, string what)
    {
        if (count > limit)
        {
            throw new GraphException(node.Name, $"{what}; at most {limit} are possible");
        }
    }
}
