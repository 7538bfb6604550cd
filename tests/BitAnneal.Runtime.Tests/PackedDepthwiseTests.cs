using System.Runtime.Intrinsics.X86;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Depthwise 3 × 3 layers of narrow codes: channel counts around 16, 32 and 64, every stride, padding and dilation, readers that share the input.</summary>
public class PackedDepthwiseTests
{
    private const string Pairs = "pairs of taps";

    private static readonly int[] Channels = [2, 3, 16, 17, 24, 32, 33, 48, 64, 65, 80, 96, 100, 144, 192];

    [Theory]
    [InlineData(KernelSet.Auto, 1, 150)]
    [InlineData(KernelSet.Auto, 3, 8)]
    [InlineData(KernelSet.Vector256, 1, 25)]
    public void EqualsTheOracleBitForBit(KernelSet kernel, int threads, int cases)
    {
        if (kernel == KernelSet.Vector256 && !Avx2.IsSupported)
        {
            return;
        }

        int packed = 0;
        for (int seed = 0; seed < cases; seed++)
        {
            var random = new Random(seed);
            var graph = Depthwise(random);
            byte[] image = new byte[graph.InputShape.ElementCount];
            random.NextBytes(image);
            if (seed % 5 == 0)
            {
                Array.Fill(image, (byte)255); // The largest sums possible.
            }

            var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel, Threads = threads });
            string plan = string.Join("; ", session.Explain());
            packed += plan.Contains(Pairs, StringComparison.Ordinal) ? 1 : 0;
            float[] actual = new float[graph.OutputShape.ElementCount], expected = new ReferenceInterpreter(graph).Run(image);
            for (int run = 0; run < 2; run++)
            {
                session.Run(image, actual);
                FusedConvolutionTests.AssertSame(expected, actual, $"seed {seed}, run {run}: {plan}");
            }
        }

        bool canPack = kernel == KernelSet.Auto && Avx512DQ.IsSupported && Avx512BW.IsSupported;
        Assert.InRange(packed, canPack ? cases * 3 / 4 : 0, canPack ? cases : 0); // Some grids are too fine for float32.
    }

    [Theory]
    [InlineData(5, 4, 3)] // Nine codes of 31 do not fit a byte.
    [InlineData(4, 8, 3)] // Weights of 255 are no signed bytes.
    [InlineData(4, 4, 5)]
    public void LeavesOtherLayersAlone(int inputBits, int weightBits, int kernel)
    {
        var graph = new GraphBuilder("other").Input(new TensorShape(8, 6, 6), Grid.Uniform(8, 0.01f, 0)).Quantize(Grid.Uniform(inputBits, 0.1f, 0)).Conv2d("depthwise", 8, kernel, padding: 1, groups: 8)
            .Quantize(Grid.Uniform(4, 0.3f, 0)).GlobalAveragePool().Flatten().Build(1);
        var shape = graph.Parameters["depthwise.weight"].Shape;
        graph = graph.WithParameters([new("depthwise.weight", QuantizedTensor.FromCodes(shape, Grid.Uniform(weightBits, 0.1f, 0), new int[shape.ElementCount]))]);
        Assert.DoesNotContain(Pairs, string.Join("; ", IntegerSession.Create(graph).Explain()), StringComparison.Ordinal);
    }

    /// <summary>One or two depthwise layers, with a convolution, a rectifier or nothing between, and sometimes another reader of the first one's input.</summary>
    private static Graph Depthwise(Random random)
    {
        int channels = Channels[random.Next(Channels.Length)];
        Extent Any(int from, int to) => new(random.Next(from, to), random.Next(from, to));
        var builder = new GraphBuilder("depthwise").Input(new TensorShape(channels, random.Next(5, 40), random.Next(5, 12)), Grid.Uniform(8, 1 / 64f, -1.5f))
            .Quantize(FusedConvolutionTests.RandomGrid(random, random.Next(1, 5)), "codes")
            .Conv2d("first", channels, 3, stride: Any(1, 3), padding: Any(0, 3), dilation: Any(1, 3), groups: channels, bias: random.Next(2) == 0);
        builder = FusedConvolutionTests.Rectified(builder, random).Quantize(random.Next(8) == 0 ? Grid.Uniform(8, 1e-5f, 0) : FusedConvolutionTests.RandomGrid(random, random.Next(1, 9)), "then");
        if (random.Next(2) == 0)
        {
            builder = FusedConvolutionTests.Rectified(builder.Conv2d("between", channels, 1), random).Quantize(FusedConvolutionTests.RandomGrid(random, random.Next(1, 5)), "again")
                .Conv2d("second", channels, 3, padding: 1, groups: channels).Quantize(FusedConvolutionTests.RandomGrid(random, 4), "last");
        }

        builder = builder.GlobalAveragePool("mean");
        if (random.Next(3) == 0)
        {
            builder = builder.From("codes").Conv2d("beside", channels, 1).GlobalAveragePool("other").Add("mean");
        }

        var graph = builder.Flatten().Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Key.EndsWith(".weight", StringComparison.Ordinal)).Select(p =>
            KeyValuePair.Create(p.Key, (GraphTensor)FusedConvolutionTests.Weight(random, p.Value.Shape, p.Key.StartsWith("between", StringComparison.Ordinal) ? 0 : random.Next(2, 129)))));
    }
}
