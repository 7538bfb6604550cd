using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Models;
using BitAnneal.Runtime.Reference;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class ModelForwardTests
{
    [Theory]
    [InlineData("resnet18")]
    [InlineData("mobilenetv2")]
    [InlineData("vgg7")]
    public void TheNetworksForSmallImagesAgreeWithTheOracle(string name)
    {
        var graph = ModelCatalog.Create(name, seed: 2, classes: 7);
        var random = new SeededRandom(3);
        byte[] image = new byte[graph.InputShape.ElementCount];
        for (int i = 0; i < image.Length; i++)
        {
            image[i] = (byte)random.Next(256);
        }

        float[] expected = new ReferenceInterpreter(graph).Run(image), actual = Forward(graph, image);
        double scale = expected.Max(Math.Abs);
        Assert.Equal(7, expected.Length);
        Assert.True(scale > 1e-3, $"outputs vanish: {scale}");
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-4 * scale));
    }

    [Theory]
    [InlineData("resnet18-imagenet")]
    [InlineData("mobilenetv2-imagenet")]
    public void TheNetworksForLargeImagesRun(string name)
    {
        var graph = ModelCatalog.Create(name);
        float[] logits = Forward(graph, new byte[graph.InputShape.ElementCount]);
        Assert.Equal(1000, logits.Length);
        Assert.All(logits, v => Assert.True(float.IsFinite(v)));
    }

    private static float[] Forward(Graph graph, byte[] image)
    {
        var grid = ((Input)graph.Input.Operator).Grid!;
        int perChannel = image.Length / graph.InputShape[0];
        float[] values = [.. image.Select((b, i) => grid.Dequantize(b, i / perChannel))];
        int[] shape = [1, .. graph.InputShape.Dimensions];
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var module = new GraphModule(graph, [], CPU);
        module.eval();
        return TensorMemory.ToFloats(module.call(TensorMemory.FromFloats(values, new TensorShape(shape), CPU)));
    }
}
