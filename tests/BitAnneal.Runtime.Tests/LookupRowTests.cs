using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Layers whose products are looked up for places side by side: eight of one panel, or four of two, with stride 1 and 2.</summary>
public class LookupRowTests
{
    private const int Cases = 40;

    private static readonly int[] Channels = [1, 3, 63, 64, 65, 100, 128, 192], Outputs = [64, 65, 100, 127, 128, 129, 192, 200, 256], Widths = [4, 8, 12, 16, 20];

    [Theory]
    [InlineData("rows: ")]
    [InlineData("rows of four: ")]
    [InlineData("rows of four, stride 2: ")]
    public void EqualTheOracleBitForBit(string kernel)
    {
        int served = 0;
        for (int seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var graph = Layer(random, kernel);
            byte[] image = new byte[graph.InputShape.ElementCount];
            random.NextBytes(image);
            if (seed % 4 == 0)
            {
                Array.Fill(image, seed % 8 == 0 ? byte.MaxValue : byte.MinValue); // The largest sums possible, as the tables hold them.
            }

            var session = IntegerSession.Create(graph, new SessionOptions { Threads = 1 + seed % 3 });
            string plan = string.Join("; ", session.Explain());
            served += plan.Contains(kernel, StringComparison.Ordinal) ? 1 : 0;
            float[] actual = new float[graph.OutputShape.ElementCount];
            session.Run(image, actual);
            FusedConvolutionTests.AssertSame(new ReferenceInterpreter(graph).Run(image), actual, $"seed {seed}: {plan}");
        }

        Assert.True(served > Cases / 3 || !Avx512Vbmi.IsSupported, $"only {served} networks had such a layer");
    }

    /// <summary>Tables hold 3 too much for every such weight, whatever the activations' levels: more than 16 bits in all, of which nothing is left in the sum.</summary>
    [Fact]
    public void WhatTheTablesHoldTooMuchMayPass16Bits()
    {
        var graph = new GraphBuilder("low").Input(new TensorShape(10944, 1, 2), Grid.Uniform(8, 0.1f, 0)).Quantize(new Grid(0, 2, [1], [0])).Conv2d("conv", 64, 1).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, Grid.Uniform(2, 0.1f, -0.02f), new int[shape.ElementCount]))]);
        byte[] image = new byte[graph.InputShape.ElementCount];
        Array.Fill(image, byte.MaxValue);
        float[] expected = new ReferenceInterpreter(graph).Run(image), actual = new float[expected.Length];
        foreach (var kernel in FusedConvolutionTests.Kernels)
        {
            IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(image, actual);
            FusedConvolutionTests.AssertSame(expected, actual, $"{kernel}");
        }
    }

    private static Graph Layer(Random random, string kernel)
    {
        int channels = FusedConvolutionTests.Pick(random, Channels), outputs = FusedConvolutionTests.Pick(random, Outputs), rows = 1 + random.Next(4), padding = random.Next(rows);
        int stride = kernel.Contains("stride", StringComparison.Ordinal) ? 2 : 1, width = FusedConvolutionTests.Pick(random, Widths) * stride, weightLevels = random.Next(2, 5);
        var builder = new GraphBuilder("row").Input(new TensorShape(channels, rows + random.Next(4), width), Grid.Uniform(8, 1 / 64f, -1.5f))
            .Quantize(FusedConvolutionTests.RandomGrid(random, 2)).Conv2d("row", outputs, new Extent(rows, 3), stride: stride, padding: new Extent(padding, 1), bias: random.Next(2) == 0);
        builder = FusedConvolutionTests.Rectified(builder, random);
        builder = random.Next(2) == 0 ? builder : builder.Quantize(FusedConvolutionTests.RandomGrid(random, 2)).Conv2d("last", 16, 1);
        var graph = builder.GlobalAveragePool().Flatten().Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Key.EndsWith(".weight", StringComparison.Ordinal))
            .Select(p => KeyValuePair.Create(p.Key, (GraphTensor)Weight(random, p.Value.Shape, weightLevels))));
    }

    /// <summary>Random codes, or all the same one: of those, the lowest and the highest fill bytes most.</summary>
    private static QuantizedTensor Weight(Random random, TensorShape shape, int levels)
    {
        int all = random.Next(6);
        return all >= levels ? FusedConvolutionTests.Weight(random, shape, levels)
            : QuantizedTensor.FromCodes(shape, Grid.Uniform(2, 0.1f, -0.15f), Enumerable.Repeat(all, (int)shape.ElementCount).ToArray());
    }
}
