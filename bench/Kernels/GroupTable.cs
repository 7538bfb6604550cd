using BitAnneal.Graphs;
using BitAnneal.Runtime;

namespace BitAnneal.Bench;

/// <summary>Grouped 3 × 3 convolutions with rectifier and quantizer, as steps of the engine, beside the same layer in one group.</summary>
internal static class GroupTable
{
    private const int Channels = 128, Side = 16;

    /// <summary>Times all of them.</summary>
    /// <param name="runs">The median of so many counts.</param>
    public static void Print(int runs)
    {
        foreach (int bits in new[] { 1, 2, 4, 8 })
        {
            foreach (int groups in new[] { 1, 2, 4, 8, 32 })
            {
                var graph = Network(bits, groups);
                var session = IntegerSession.Create(graph);
                byte[] image = new byte[graph.InputShape.ElementCount];
                new Random(1).NextBytes(image);
                session.Profile(image, runs); // Warms up.
                StepTime[] times = [.. session.Profile(image, runs).Where(t => t.Step.Node is "conv" or "relu" or "codes")];
                Console.WriteLine($"W{bits}A{bits} {groups,3} groups {1000 * times.Sum(t => t.Milliseconds),8:F1} µs  {times.Sum(t => t.Step.WeightBytes),7} bytes for {graph.Parameters["conv.weight"].Shape.ElementCount * bits / 8,6}  {string.Join("; ", times.Select(t => t.Step.Implementation))}");
            }
        }
    }

    private static Graph Network(int bits, int groups)
    {
        var builder = new GraphBuilder("groups").Input(new TensorShape(Channels, Side, Side), Grid.Uniform(8, 0.1f, 0)).Quantize(Grid.Uniform(bits, 25.5f / ((1 << bits) - 1), 0));
        var graph = builder.Conv2d("conv", Channels, 3, padding: 1, groups: groups).Relu("relu").Quantize(Grid.Uniform(bits, 0.5f, 0), "codes")
            .Conv2d("reader", 16, 1).GlobalAveragePool().Flatten().Build(1);
        return graph.WithParameters([new("conv.weight", Weight(graph.Parameters["conv.weight"].Shape, bits)), new("reader.weight", Weight(graph.Parameters["reader.weight"].Shape, bits))]);
    }

    private static QuantizedTensor Weight(TensorShape shape, int bits)
    {
        var random = new Random(1);
        return QuantizedTensor.FromCodes(shape, Grid.Uniform(bits, 0.1f, -0.15f), [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(1 << bits))]);
    }
}
