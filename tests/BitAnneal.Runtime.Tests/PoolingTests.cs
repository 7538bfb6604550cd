using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Pooling around the lanes of the vectors, of values that compare and add up in unusual ways. A NaN is as good as another.</summary>
public class PoolingTests
{
    private static readonly float[] Unusual = [float.NaN, BitConverter.Int32BitsToSingle(0x7fc00123), -0f, 0f, float.PositiveInfinity, float.NegativeInfinity, 1e38f, -1e38f, float.Epsilon];

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(70)]
    public void GivesTheOraclesBits(int channels)
    {
        foreach (var pool in (Operator[])[new MaxPool(3, 2) { Padding = 1 }, new MaxPool(2, 1), new AveragePool(3, 2) { Padding = 1 }, new AveragePool(2, 1) { Padding = 1, CountIncludesPadding = true }, new GlobalAveragePool()])
        {
            var shape = new TensorShape(channels, 7, 5);
            for (int seed = 0; seed < 20; seed++)
            {
                var random = new Random(seed);
                float[] reals = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(seed + 2) == 0 ? Unusual[random.Next(Unusual.Length)] : random.NextSingle() - 0.5f)];
                Check(Graph(shape, null, pool), $"{pool} of reals, seed {seed}", g => new ReferenceInterpreter(g).Run(reals), (s, output) => s.Run(reals, output));
                byte[] codes = new byte[shape.ElementCount];
                random.NextBytes(codes);
                Check(Graph(shape, Grid.Uniform(8, 0.3f, -1), pool), $"{pool} of codes, seed {seed}", g => new ReferenceInterpreter(g).Run(codes), (s, output) => s.Run(codes, output));
            }
        }
    }

    private static Graph Graph(TensorShape shape, Grid? grid, Operator pool)
    {
        var builder = new GraphBuilder("pool").Input(shape, grid);
        return builder.Append("pooled", pool, builder.Current).Build(1);
    }

    private static void Check(Graph graph, string what, Func<Graph, float[]> oracle, Action<IntegerSession, float[]> run)
    {
        float[] expected = oracle(graph), actual = new float[expected.Length];
        run(IntegerSession.Create(graph), actual);
        for (int i = 0; i < expected.Length; i++)
        {
            bool isSame = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]) || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]));
            Assert.True(isSame, $"{what}: output {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
