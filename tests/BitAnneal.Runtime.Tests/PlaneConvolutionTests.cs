using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Layers of few channels and many places, whose lanes are places.</summary>
public class PlaneConvolutionTests
{
    private const int Cases = 60;

    private static readonly int[] Channels = [16, 32], Outputs = [4, 7, 8, 9, 16, 17, 20, 32], Widths = [4, 8, 12, 16, 20, 32, 36, 64];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EqualTheOracleBitForBit(int threads)
    {
        int served = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(100 * threads + seed);
            var graph = Block(random);
            byte[] image = new byte[graph.InputShape.ElementCount];
            random.NextBytes(image);
            if (seed % 5 == 0)
            {
                Array.Fill(image, (byte)255); // The largest sums possible.
            }

            var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
            string plan = string.Join("; ", session.Explain());
            served += plan.Contains("places", StringComparison.Ordinal) ? 1 : 0;
            float[] actual = new float[graph.OutputShape.ElementCount];
            for (int run = 0; run < 2; run++)
            {
                session.Run(image, actual);
                FusedConvolutionTests.AssertSame(new ReferenceInterpreter(graph).Run(image), actual, $"seed {seed}, run {run}: {plan}");
            }
        }

        Assert.True(served > Cases / 2 || !Avx512Vbmi.IsSupported, $"only {served} networks had such a layer");
    }

    /// <summary>Two convolutions and a shortcut, of 2-bit codes; kernels of one to five rows.</summary>
    private static Graph Block(Random random)
    {
        int channels = Pick(random, Channels), outputs = Pick(random, Outputs), width = Pick(random, Widths), least = (128 + width - 1) / width;
        int rows = 1 + random.Next(5), padding = random.Next(rows), height = Math.Max(least, rows) + random.Next(3);
        var builder = new GraphBuilder("block").Input(new TensorShape(channels, height, width), Grid.Uniform(8, 1 / 64f, -1.5f))
            .Quantize(FusedConvolutionTests.RandomGrid(random, 2)).Conv2d("first", outputs, new Extent(rows, 3), padding: new Extent(padding, 1), bias: random.Next(2) == 0);
        builder = FusedConvolutionTests.Rectified(builder, random);
        string sum = builder.Current;
        builder = builder.Quantize(FusedConvolutionTests.RandomGrid(random, 2)).Conv2d("second", outputs, 3, padding: 1);
        builder = FusedConvolutionTests.Rectified(random.Next(2) == 0 ? builder.Add(sum) : builder, random);
        var graph = builder.Quantize(FusedConvolutionTests.RandomGrid(random, 2)).Conv2d("third", 16, 3, stride: 2, padding: 1).GlobalAveragePool().Flatten().Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Key.EndsWith(".weight", StringComparison.Ordinal))
            .Select(p => KeyValuePair.Create(p.Key, (GraphTensor)FusedConvolutionTests.Weight(random, p.Value.Shape, random.Next(2, 5)))));
    }

    private static int Pick(Random random, int[] values) => values[random.Next(values.Length)];
}
