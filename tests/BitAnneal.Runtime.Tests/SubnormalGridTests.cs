using BitAnneal.Graphs;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Grids so fine that reals on them are subnormal: what rounding to float32 does to such a real decides its code.</summary>
public class SubnormalGridTests
{
    public static TheoryData<KernelSet> Kernels => EngineTests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void GivesTheOraclesBits(KernelSet kernel)
    {
        foreach (float scale in (float[])[1.4e-45f, 1.4e-43f, 3.1e-42f, 7.7e-41f, 1e-39f, 2.3e-38f, 1e-36f])
        {
            foreach (int groups in (int[])[1, 2, 8])
            {
                for (int seed = 0; seed < 4; seed++)
                {
                    var graph = Network(scale, groups, seed);
                    byte[] image = new byte[graph.InputShape.ElementCount];
                    new Random(seed).NextBytes(image);
                    float[] actual = new float[graph.OutputShape.ElementCount];
                    IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(image, actual);
                    int[] expected = [.. new ReferenceInterpreter(graph).Run(image).Select(BitConverter.SingleToInt32Bits)];
                    Assert.True(expected.SequenceEqual(actual.Select(BitConverter.SingleToInt32Bits)), $"scale {scale}, {groups} groups, seed {seed}");
                }
            }
        }
    }

    private static Graph Network(float scale, int groups, int seed)
    {
        // Sums of products of codes come to some tens of steps of the grid behind.
        var graph = new GraphBuilder("fine").Input(new TensorShape(8, 6, 6), Grid.Uniform(8, 1e-22f, -1e-20f))
            .Conv2d("conv", groups == 1 ? 40 : 8, 3, padding: 1, groups: groups).Quantize(Grid.Uniform(4, scale, -7 * scale), "codes").Conv2d("head", 2, 1).Flatten().Build(1);
        float weight = MathF.Max(scale / 1e-21f, 1e-45f);
        return graph.WithParameters([
            new("conv.weight", Codes(graph, "conv.weight", Grid.Uniform(2, weight, -1.5f * weight), seed)),
            new("head.weight", Codes(graph, "head.weight", Grid.Uniform(2, 1, -1.5f), seed))]);
    }

    private static QuantizedTensor Codes(Graph graph, string name, Grid grid, int seed)
    {
        var (random, shape) = (new Random(seed), graph.Parameters[name].Shape);
        return QuantizedTensor.FromCodes(shape, grid, [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(4))]);
    }
}
