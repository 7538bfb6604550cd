using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>A random image for a network: bytes where its input has a grid, else normal floats.</summary>
internal sealed class BenchImage
{
    private readonly byte[]? bytes;

    /// <summary>Draws an image.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="seed">Seed of the values.</param>
    public BenchImage(Graph graph, ulong seed)
    {
        var random = new SeededRandom(seed);
        int size = (int)graph.InputShape.ElementCount;
        if (((Input)graph.Input.Operator).Grid is { } grid)
        {
            bytes = [.. Enumerable.Range(0, size).Select(_ => (byte)random.Next(256))];
            int perChannel = size / graph.InputShape[0];
            Reals = [.. bytes.Select((b, i) => grid.Dequantize(b, i / perChannel))];
        }
        else
        {
            Reals = [.. Enumerable.Range(0, size).Select(_ => (float)random.NextGaussian())];
        }
    }

    private BenchImage(float[] reals) => Reals = reals;

    /// <summary>What the values mean: C × H × W, row-major.</summary>
    public float[] Reals { get; }

    /// <summary>The bytes; null for a network that takes floats.</summary>
    public ReadOnlyMemory<byte>? Bytes => bytes is null ? null : bytes;

    /// <summary>The same image as floats, for a network without an input grid.</summary>
    public BenchImage WithoutGrid() => new(Reals);

    /// <summary>Runs the network on it.</summary>
    public void Run(IntegerSession session, Span<float> output)
    {
        if (bytes is null)
        {
            session.Run(Reals, output);
        }
        else
        {
            session.Run(bytes, output);
        }
    }

    /// <summary>The values of some nodes for it, row-major, in the order of the names.</summary>
    /// <param name="graph">No node that the chosen ones depend on is an open Quantize node.</param>
    /// <param name="nodes">Names of the nodes.</param>
    public IReadOnlyList<float[]> Read(Graph graph, IReadOnlyList<string> nodes)
    {
        var probe = new ValueProbe(graph, nodes);
        if (bytes is null)
        {
            probe.Run(Reals.AsSpan());
        }
        else
        {
            probe.Run(bytes.AsSpan());
        }

        return [.. nodes.Select((_, i) => probe.Values(i).ToArray())];
    }

    /// <summary>Times the steps of the network on it.</summary>
    public IReadOnlyList<StepTime> Profile(IntegerSession session, int repetitions) =>
        bytes is null ? session.Profile(Reals.AsSpan(), repetitions) : session.Profile(bytes.AsSpan(), repetitions);
}
