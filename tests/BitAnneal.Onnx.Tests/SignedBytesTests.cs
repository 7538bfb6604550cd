using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace BitAnneal.Onnx.Tests;

public class SignedBytesTests
{
    [Fact]
    public void OnnxRuntimeAgreesWithTheOracleOnSignedWeightsAndWholeBiases()
    {
        var graph = Network(new Grid(-127, 127, [0.01f, 0.02f, 0.005f], [0, 0, 0]), new Grid(-100, 155, [0.02f], [0]));
        float[] image = [.. Enumerable.Range(0, 32).Select(i => MathF.Sin(i))];
        using var session = new InferenceSession(OnnxExporter.ToSignedBytes(graph));
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputNames[0], new DenseTensor<float>(image, [1, 2, 4, 4]))]);
        float[] expected = new ReferenceInterpreter(graph).Run(image), actual = [.. results[0].AsEnumerable<float>()];

        // The bias is a whole number of sums' units, at most 0.5 · 0.02 · 0.02 away.
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 2.5e-4f));
    }

    [Fact]
    public void ALayerThatCannotBeWrittenSoIsNamed()
    {
        var signed = new Grid(-127, 127, [0.01f], [0]);
        var input = new Grid(-100, 155, [0.02f], [0]);
        Assert.Equal("conv", Assert.Throws<GraphException>(() => OnnxExporter.ToSignedBytes(Network(Grid.Uniform(2, 0.1f, 0), input))).Node);
        Assert.Equal("conv", Assert.Throws<GraphException>(() => OnnxExporter.ToSignedBytes(Network(new Grid(-2, 1, [0.1f], [0.05f]), input))).Node);
        Assert.Equal("conv", Assert.Throws<GraphException>(() => OnnxExporter.ToSignedBytes(Network(signed, new Grid(-100, 155, [0.02f, 0.01f], [0, 0])))).Node);
    }

    private static Graph Network(Grid weights, Grid input)
    {
        var graph = new GraphBuilder("signed").Input(new TensorShape(2, 4, 4)).Quantize(input).Conv2d("conv", 3, 3, padding: 1, bias: true).Build(1);
        var weight = graph.Parameters["conv.weight"];
        var random = new SeededRandom(1);
        int[] codes = [.. Enumerable.Range(0, (int)weight.Shape.ElementCount).Select(_ => weights.MinCode + random.Next(weights.LevelCount))];
        return graph.WithParameters(
        [
            new("conv.weight", QuantizedTensor.FromCodes(weight.Shape, weights, codes)),
            new("conv.bias", new FloatTensor(new TensorShape(3), [0.7f, -0.3f, 0.1f])),
        ]);
    }
}
