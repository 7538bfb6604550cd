using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;
using BitAnneal.Tests;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class GraphModuleTests
{
    [Fact]
    public void AgreesWithTheOracleOnEveryOperator()
    {
        int exact = 0;
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            float[] expected, actual;
            if (RandomGraphs.TakesBytes(graph))
            {
                byte[] bytes = RandomGraphs.Bytes(graph, 0);
                (expected, actual) = (new ReferenceInterpreter(graph).Run(bytes), Evaluated(graph, Dequantized(graph, bytes)));
            }
            else
            {
                float[] input = RandomGraphs.Floats(graph, 0);
                (expected, actual) = (new ReferenceInterpreter(graph).Run(input), Evaluated(graph, input));
            }

            if (graph.Nodes.Any(n => SumsReals(graph, n)))
            {
                double tolerance = 1e-4 * (expected.Max(Math.Abs) + 1e-6);
                Assert.All(expected.Zip(actual), p => Assert.True(Math.Abs(p.First - p.Second) <= tolerance, $"seed {seed}: {p.Second} instead of {p.First}"));
            }
            else
            {
                Assert.Equal(expected, actual);
                exact++;
            }
        }

        Assert.True(exact > 20, $"only {exact} networks of codes alone");
    }

    [Theory]
    [InlineData(1, 600)] // Sums beyond 2²⁴, where float32 would round.
    [InlineData(3, 4)]
    public void LayersOfCodesAreExactAtTheirExtremes(int groups, int channelsOfGroup)
    {
        var random = new Random(groups);
        int channels = groups * channelsOfGroup;
        var shape = new TensorShape(2 * groups, channelsOfGroup, 1, 1);
        var weight = QuantizedTensor.FromCodes(shape, new Grid(-128, 127, [.. Enumerable.Range(1, 2 * groups).Select(o => o * 0.0131f)], [.. Enumerable.Range(1, 2 * groups).Select(o => o * 0.0171f)]),
            [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(8) > 0 ? 127 : random.Next(-128, 128))]);
        var graph = new GraphBuilder("extreme").Input(new TensorShape(channels, 3, 3)).Quantize(new Grid(0, 255, [0.0173f], [-0.3f]))
            .Conv2d("layer", 2 * groups, 1, groups: groups).Build(1);
        graph = graph.WithParameters([new("layer.weight", weight)]);
        float[] input = [.. Enumerable.Range(0, channels * 9).Select(_ => random.Next(8) > 0 ? 5f : random.NextSingle() * 4)];
        Assert.Equal(new ReferenceInterpreter(graph).Run(input), Evaluated(graph, input));
    }

    [Fact]
    public void EveryMarkerNeedsAQuantizerAndEveryQuantizerAPlace()
    {
        var graph = new GraphBuilder("open").Input(new TensorShape(1, 4, 4)).Quantize(null, "here").Build(1);
        Assert.Contains("here", Assert.Throws<GraphException>(() => new GraphModule(graph, [], CPU)).Message, StringComparison.Ordinal);
        Assert.Contains("there", Assert.Throws<GraphException>(() => new GraphModule(
            TinyTask.Network(), [new Quantizers.UniformQuantizer("there", new Quantizers.MinMaxRange(), 2)], CPU)).Message, StringComparison.Ordinal);
    }

    /// <summary>Whether a node adds up real values, in an order that libtorch chooses.</summary>
    private static bool SumsReals(Graph graph, Node node) => node.Operator is BatchNorm
        || (node.Operator is Conv2d or Linear && (graph.GridOf(node.Inputs[0]) is not { IsPerChannel: false } || graph.Parameters[node.Parameter("weight")] is not QuantizedTensor));

    private static float[] Evaluated(Graph graph, float[] input)
    {
        using var scope = NewDisposeScope();
        using var module = new GraphModule(graph, [], CPU);
        module.eval();
        int[] shape = [1, .. graph.InputShape.Dimensions];
        return TensorMemory.ToFloats(module.call(TensorMemory.FromFloats(input, new TensorShape(shape), CPU)));
    }

    private static float[] Dequantized(Graph graph, byte[] bytes)
    {
        var grid = ((Input)graph.Input.Operator).Grid!;
        int perChannel = bytes.Length / graph.InputShape[0];
        return [.. bytes.Select((b, i) => grid.Dequantize(b, i / perChannel))];
    }
}
