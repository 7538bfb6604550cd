using System.Diagnostics;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;
using BitAnneal.Runtime.Steps;

namespace BitAnneal.Runtime.Tests;

/// <summary>Subnormal reals and weights: factors are scaled out of the way where that is exact, so runs stay fast and the bits stay the oracle's.</summary>
public unsafe class SubnormalRealsTests
{
    private static readonly float[] Hard = [1e-40f, -1e-40f, float.Epsilon, -float.Epsilon, 1.17549421e-38f, 1.17549435e-38f, 0f, -0f, 1e-30f, 2e-31f];
    private static readonly float[] Extreme = [1e-20f, 1e30f, 2e30f, 3e38f, float.PositiveInfinity, float.NaN];

    public static TheoryData<KernelSet> Kernels => EngineTests.Kernels;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void GiveTheOraclesBits(KernelSet kernel)
    {
        foreach (var op in (Conv2d[])[
            new(40, 3) { Padding = 1, Bias = true }, new(36, 1) { Bias = true },
            new(33, new Extent(2, 3)) { Padding = new Extent(0, 2), Stride = new Extent(2, 1), Bias = true },
            new(36, 3) { Padding = 1, Groups = 36, Bias = true }, new(72, 3) { Groups = 3, Bias = true }])
        {
            for (int seed = 0; seed < 12; seed++)
            {
                var graph = new GraphBuilder("tiny").Input(new TensorShape(36, 6, 5)).Append("conv", op, "input").Build(1);
                bool isExtreme = seed >= 8;
                graph = graph.WithParameters([
                    Drawn(graph, "conv.weight", seed, seed % 4 is 1 or 3, isExtreme), Drawn(graph, "conv.bias", seed + 50, true, false)]);
                Compare(graph, kernel, Values((int)graph.InputShape.ElementCount, seed + 100, seed % 4 >= 2, isExtreme), $"{op}, seed {seed}");
            }
        }
    }

    /// <summary>Sums that start at 0 and meet subnormals first; weights leave results subnormal, make them normal, or let them vanish with their sign.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void SumsThatBeginWithSubnormals(KernelSet kernel)
    {
        float[] heads = [1e-40f, -3e-39f, float.Epsilon, 0, -0f, 1e-38f], starts = [0, 0, 0, 1e-40f, -float.Epsilon];
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            int channels = random.Next(5, 24), outputs = random.Next(1, 70), first = random.Next(1, channels + 1);
            var op = new Conv2d(outputs, random.Next(1, 4)) { Padding = 1, Bias = true };
            var graph = new GraphBuilder("heads").Input(new TensorShape(channels, 7, 9)).Append("conv", op, "input").Build(1);
            float[] weightsOf = seed % 3 == 0 ? [0, 0.05f, -0.05f] : seed % 3 == 1 ? [0.3f, -1e-7f, 2e-30f, -2e-30f, 0] : [0.7f, -900f, 1e6f, -0.1f];
            float[] weights = Picked((int)graph.Parameters["conv.weight"].Shape.ElementCount, random, weightsOf), input = new float[channels * 63];
            graph = graph.WithParameters([
                new("conv.weight", new FloatTensor(graph.Parameters["conv.weight"].Shape, weights)),
                new("conv.bias", new FloatTensor(new TensorShape(outputs), [.. Picked(outputs - 1, random, starts), float.Epsilon]))]);
            for (int i = 0; i < input.Length; i++)
            {
                input[i] = i / 63 < first ? heads[random.Next(heads.Length)] : random.Next(3) == 0 ? 0 : random.NextSingle() - 0.5f;
            }

            Compare(graph, kernel, input, $"{op} of {first} in {channels} channels, seed {seed}");
        }

        static float[] Picked(int count, Random random, float[] from) => [.. Enumerable.Range(0, count).Select(_ => from[random.Next(from.Length)])];
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void DeadChannelsDoNotSlowARunDown(KernelSet kernel)
    {
        double zero = Milliseconds(Dead(0), kernel), tiny = Milliseconds(Dead(1e-40f), kernel);
        Assert.True(tiny < 5 * zero, $"{tiny} ms instead of {zero} ms"); // Mostly below 2; without any care 50 and more. A machine that others use varies.
    }

    [Fact]
    public void ScalesExactly()
    {
        foreach (int direction in new[] { 1, -1 })
        {
            float[] values = [.. Values(1000, direction, true, false), .. Hard];
            float[] numbers = direction > 0 ? values : [.. values.Where(v => v == 0 || MathF.Abs(v) >= MathF.ScaleB(1, -102))];
            float[] scaled = new float[numbers.Length];
            fixed (float* from = numbers, to = scaled)
            {
                Subnormals.Scale(from, to, numbers.Length, direction);
            }

            var expected = numbers.Select(v => BitConverter.SingleToInt32Bits((float)((double)v * Math.ScaleB(1, 24 * direction))));
            Assert.Equal(expected, scaled.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void FindsExtremes()
    {
        Assert.Equal(new Subnormals.Extremes(false, true, true), Subnormals.Of([0f, -0f, 1, -3, MathF.ScaleB(1, -102)]));
        float below = MathF.BitDecrement(MathF.ScaleB(1, -102));
        Assert.Equal(new Subnormals.Extremes(false, false, true), Subnormals.Of([.. Enumerable.Repeat(0f, 20), below, .. Enumerable.Repeat(1f, 20)]));
        Assert.Equal(new Subnormals.Extremes(true, false, true), Subnormals.Of([.. Enumerable.Repeat(1f, 17), -float.Epsilon, .. Enumerable.Repeat(1f, 40)]));
        Assert.Equal(new Subnormals.Extremes(false, true, false), Subnormals.Of([1f, MathF.ScaleB(1, 100)]));
        Assert.Equal(new Subnormals.Extremes(false, true, false), Subnormals.Of([.. Enumerable.Repeat(1f, 17), float.NaN, .. Enumerable.Repeat(1f, 40)]));
        Assert.Equal(new Subnormals.Extremes(false, true, true), Subnormals.Of([]));
    }

    /// <summary>A network whose first layer has 8 channels of 64 without weights.</summary>
    private static Graph Dead(float bias)
    {
        var graph = new GraphBuilder("dead").Input(new TensorShape(16, 12, 12), Grid.Uniform(8, 1 / 64f, -2))
            .Conv2d("c1", 64, 3, padding: 1, bias: true).Relu().Conv2d("c2", 64, 3, padding: 1, bias: true).Relu().GlobalAveragePool().Flatten().Linear("l", 10).Build(1);
        float[] weights = graph.Parameters["c1.weight"].ToFloats(), biases = graph.Parameters["c1.bias"].ToFloats();
        Array.Clear(weights, 0, 8 * 16 * 9);
        Array.Fill(biases, bias, 0, 8);
        return graph.WithParameters([
            new("c1.weight", new FloatTensor(graph.Parameters["c1.weight"].Shape, weights)),
            new("c1.bias", new FloatTensor(graph.Parameters["c1.bias"].Shape, biases))]);
    }

    private static double Milliseconds(Graph graph, KernelSet kernel)
    {
        byte[] image = new byte[graph.InputShape.ElementCount];
        new Random(1).NextBytes(image);
        var session = IntegerSession.Create(graph, new SessionOptions { Kernel = kernel });
        float[] output = new float[graph.OutputShape.ElementCount];
        double least = double.MaxValue;
        for (int i = 0; i < 15; i++)
        {
            var clock = Stopwatch.StartNew();
            session.Run(image, output);
            least = Math.Min(least, clock.Elapsed.TotalMilliseconds);
        }

        Assert.Equal(new ReferenceInterpreter(graph).Run(image).Select(BitConverter.SingleToInt32Bits), output.Select(BitConverter.SingleToInt32Bits));
        return least;
    }

    private static KeyValuePair<string, GraphTensor> Drawn(Graph graph, string name, int seed, bool isTiny, bool isExtreme)
    {
        var shape = graph.Parameters[name].Shape;
        return new(name, new FloatTensor(shape, Values((int)shape.ElementCount, seed, isTiny, isExtreme)));
    }

    private static float[] Values(int count, int seed, bool areTiny, bool areExtreme)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => areTiny && random.Next(4) == 0 ? Hard[random.Next(Hard.Length)]
            : areExtreme && random.Next(100) == 0 ? Extreme[random.Next(Extreme.Length)] : random.NextSingle() - 0.5f)];
    }

    private static void Compare(Graph graph, KernelSet kernel, float[] input, string what)
    {
        float[] expected = new ReferenceInterpreter(graph).Run(input), actual = new float[expected.Length];
        IntegerSession.Create(graph, new SessionOptions { Kernel = kernel }).Run(input, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            bool isSame = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i])
                || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]));
            Assert.True(isSame, $"{what}: output {i} is {actual[i]:R} instead of {expected[i]:R}");
        }
    }
}
