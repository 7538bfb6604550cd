using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Runtime.Reference;
using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class FoldBatchNormTests
{
    [Fact]
    public void AFoldedFloatNetworkComputesTheSame()
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var graph = WithRandomStatistics(Network(seed), seed);
            var folded = FoldBatchNorm.Apply(graph);
            Assert.DoesNotContain(folded.Nodes, n => n.Operator is BatchNorm);
            AssertNear(graph, folded, seed);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AFoldedQuantizedNetworkComputesTheSameWithCodesOfTheSameWidth(bool perChannel)
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var random = new SeededRandom(seed);
            var graph = WithRandomStatistics(Network(seed), seed, zeroGain: false);
            graph = graph.WithParameters(graph.Parameters.Where(p => p.Value.Shape.Rank is 2 or 4).Select(p =>
            {
                var grid = RandomGraphs.RandomGrid(random, perChannel ? p.Value.Shape[0] : 1);
                int[] codes = [.. Enumerable.Range(0, (int)p.Value.Shape.ElementCount).Select(_ => grid.MinCode + random.Next(grid.LevelCount))];
                return KeyValuePair.Create(p.Key, (GraphTensor)QuantizedTensor.FromCodes(p.Value.Shape, grid, codes));
            }));
            var folded = FoldBatchNorm.Apply(graph);
            Assert.DoesNotContain(folded.Nodes, n => n.Operator is BatchNorm);
            foreach (string name in graph.Parameters.Keys.Where(k => graph.Parameters[k] is QuantizedTensor))
            {
                Grid before = ((QuantizedTensor)graph.Parameters[name]).Grid, after = Assert.IsType<QuantizedTensor>(folded.Parameters[name]).Grid;
                Assert.Equal((before.MinCode, before.MaxCode), (after.MinCode, after.MaxCode));
                Assert.Equal(folded.Parameters[name].Shape[0], after.Scales.Length);
            }

            AssertNear(graph, folded, seed);
        }
    }

    [Fact]
    public void ANegativeGainMirrorsTheCodes()
    {
        var graph = Convolution([2f, -2f], [3f, 3f]);
        var grid = new Grid(-2, 1, [0.5f], [0.25f]);
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(new TensorShape(2, 1, 1, 2), grid, [-2, 1, -2, 1]))]);
        var weight = Assert.IsType<QuantizedTensor>(FoldBatchNorm.Apply(graph).Parameters["conv.weight"]);
        Assert.Equal([-2, 1, 1, -2], Enumerable.Range(0, 4).Select(weight.Code));
        Assert.Equal([-1.5f, 1.5f, 1.5f, -1.5f], weight.ToFloats());
        Assert.Equal([1f, 1f], weight.Grid.Scales.AsEnumerable());
    }

    [Fact]
    public void AZeroGainIsFoldedOnFloatsOnly()
    {
        var graph = Convolution([0f, 1f], [3f, 4f]);
        var folded = FoldBatchNorm.Apply(graph);
        Assert.Equal([0f, 0f], folded.Parameters["conv.weight"].ToFloats().Take(2));
        Assert.Equal(3f, folded.Parameters["conv.bias"].ToFloats()[0]);

        var quantized = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(new TensorShape(2, 1, 1, 2), Grid.Uniform(2, 1, 0), [0, 1, 2, 3]))]);
        Assert.Null(quantized.FirstDifference(FoldBatchNorm.Apply(quantized)));
    }

    [Fact]
    public void TheFactorIsGainOverDeviation()
    {
        var graph = Convolution([6f, 1f], [1f, 0f]).WithParameters([
            new("conv.weight", new FloatTensor(new TensorShape(2, 1, 1, 2), [1, 2, 3, 4])),
            new("bn.running_mean", new FloatTensor(new TensorShape(2), [5, 0])),
            new("bn.running_var", new FloatTensor(new TensorShape(2), [4, 1]))]);
        var folded = FoldBatchNorm.Apply(graph);
        float[] weight = folded.Parameters["conv.weight"].ToFloats();
        Assert.Equal([3, 6, 3, 4], weight.Select(w => Math.Round(w, 3)));
        Assert.Equal([1 - 5 * 3, 0], folded.Parameters["conv.bias"].ToFloats().Select(b => Math.Round(b, 3)));
    }

    [Fact]
    public void ALayerWithASecondReaderKeepsItsNormalisation()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(2, 4, 4)).Conv2d("conv", 2, 1).BatchNorm("bn").Add("conv").Build(1);
        Assert.Null(graph.FirstDifference(FoldBatchNorm.Apply(graph)));
    }

    [Fact]
    public void ANormalisationBehindAnythingElseStays()
    {
        var graph = new GraphBuilder("g").Input(new TensorShape(2, 4, 4)).BatchNorm("first").Conv2d("conv", 2, 1).Relu().BatchNorm("second").Build(1);
        Assert.Null(graph.FirstDifference(FoldBatchNorm.Apply(graph)));
    }

    [Fact]
    public void OfTwoNormalisationsInARowTheSecondIsFoldedTheSecondTime()
    {
        var graph = WithRandomStatistics(new GraphBuilder("g").Input(new TensorShape(2, 4, 4)).Conv2d("conv", 3, 1).BatchNorm("bn1").BatchNorm("bn2").Build(1), 9);
        var once = FoldBatchNorm.Apply(graph);
        Assert.Equal(["bn2"], once.Nodes.Where(n => n.Operator is BatchNorm).Select(n => n.Name));
        AssertNear(graph, FoldBatchNorm.Apply(once), 9);
    }

    private static Graph Convolution(float[] gain, float[] shift) => new GraphBuilder("g").Input(new TensorShape(1, 2, 2)).Conv2d("conv", 2, new Extent(1, 2)).BatchNorm("bn").Build(1)
        .WithParameters([
            new("bn.weight", new FloatTensor(new TensorShape(2), gain)),
            new("bn.bias", new FloatTensor(new TensorShape(2), shift)),
            new("bn.running_var", FloatTensor.Filled(new TensorShape(2), 1 - 1e-5f))]);

    private static Graph Network(ulong seed)
    {
        var random = new SeededRandom(seed);
        bool bias = random.Next(2) == 0;
        var builder = new GraphBuilder("g").Input(new TensorShape(4, 6, 5)).Conv2d("a", 6, 3, padding: 1, bias: bias).BatchNorm("bn_a").Relu()
            .Conv2d("depthwise", 6, 3, stride: 1 + random.Next(2), padding: 1, groups: 6, bias: !bias).BatchNorm("bn_d");
        string branch = builder.Current;
        return builder.Conv2d("b", 6, 1).BatchNorm("bn_b").Add(branch).Flatten().Linear("fc", 5, bias).BatchNorm("bn_f").Build(seed);
    }

    private static Graph WithRandomStatistics(Graph graph, ulong seed, bool zeroGain = true)
    {
        var random = SeededRandom.ForStream(seed, 1);
        float Draw(ParameterKind kind, int index) => kind switch
        {
            ParameterKind.RunningVariance => (float)random.NextDouble(0.1, 3),
            ParameterKind.Gain when index == 0 && zeroGain => 0,
            ParameterKind.Gain => (float)random.NextDouble(0.3, 1.5) * (random.Next(2) == 0 ? -1 : 1),
            _ => (float)random.NextDouble(-1, 1),
        };
        return graph.WithParameters(graph.Nodes.SelectMany(n => graph.ParametersOf(n).Where(s => s.Kind != ParameterKind.Weight).Select(s => KeyValuePair.Create(
            n.Parameter(s.Role), (GraphTensor)new FloatTensor(s.Shape, [.. Enumerable.Range(0, (int)s.Shape.ElementCount).Select(i => Draw(s.Kind, i))])))));
    }

    private static void AssertNear(Graph expected, Graph actual, ulong seed)
    {
        float[] input = RandomGraphs.Floats(expected, seed);
        float[] a = new ReferenceInterpreter(expected).Run(input), b = new ReferenceInterpreter(actual).Run(input);
        double size = a.Max(v => Math.Abs(v));
        Assert.True(size > 0.01, $"seed {seed}: all outputs are 0");
        for (int i = 0; i < a.Length; i++)
        {
            Assert.True(Math.Abs(a[i] - b[i]) <= 2e-5 * size + 1e-6, $"seed {seed}: output {i} is {b[i]:R} instead of {a[i]:R}");
        }
    }
}
