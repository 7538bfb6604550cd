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
        int different = 0, total = 0;
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            using var scope = NewDisposeScope();
            using var module = new GraphModule(graph, [], CPU);
            module.eval();
            float[] input = RandomGraphs.TakesBytes(graph) ? Dequantized(graph, RandomGraphs.Bytes(graph, 0)) : RandomGraphs.Floats(graph, 0);
            float[] expected = RandomGraphs.TakesBytes(graph) ? new ReferenceInterpreter(graph).Run(RandomGraphs.Bytes(graph, 0)) : new ReferenceInterpreter(graph).Run(input);
            int[] shape = [1, .. graph.InputShape.Dimensions];
            float[] actual = TensorMemory.ToFloats(module.call(TensorMemory.FromFloats(input, new TensorShape(shape), CPU)));
            double scale = expected.Max(Math.Abs) + 1e-6;
            total++;
            different += expected.Zip(actual).Any(p => Math.Abs(p.First - p.Second) > 1e-4 * scale) ? 1 : 0;
        }

        Assert.True(different <= total / 20, $"{different} of {total} networks differ by more than rounding"); // A value between two codes may fall to either side.
    }

    [Fact]
    public void EveryMarkerNeedsAQuantizerAndEveryQuantizerAPlace()
    {
        var graph = new GraphBuilder("open").Input(new TensorShape(1, 4, 4)).Quantize(null, "here").Build(1);
        Assert.Contains("here", Assert.Throws<GraphException>(() => new GraphModule(graph, [], CPU)).Message, StringComparison.Ordinal);
        Assert.Contains("there", Assert.Throws<GraphException>(() => new GraphModule(
            TinyTask.Network(), [new Quantizers.UniformQuantizer("there", new Quantizers.MinMaxRange(), 2)], CPU)).Message, StringComparison.Ordinal);
    }

    private static float[] Dequantized(Graph graph, byte[] bytes)
    {
        var grid = ((Input)graph.Input.Operator).Grid!;
        int perChannel = bytes.Length / graph.InputShape[0];
        return [.. bytes.Select((b, i) => grid.Dequantize(b, i / perChannel))];
    }
}
