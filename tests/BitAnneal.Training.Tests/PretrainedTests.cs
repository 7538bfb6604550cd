using System.Globalization;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Models;
using BitAnneal.Tests;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Tests;

public class PretrainedTests
{
    [RealDataTheory("resnet-cifar10-fp32", "cifar10")]
    [InlineData("resnet20", 9173)]
    [InlineData("resnet32", 9263)]
    [InlineData("resnet56", 9339)]
    public void PublishedWeightsGiveThePublishedAccuracy(string model, int correct)
    {
        string root = RealDataTheoryAttribute.Root, weights = Path.Combine(root, "resnet-cifar10-fp32");
        var images = DatasetCatalog.Load("cifar10", root).Test;
        var graph = ParameterLoading.Load(ModelCatalog.Create(model), Path.Combine(weights, $"{model}.safetensors"));
        using var module = new FloatMethod().Prepare(graph, CPU);
        Assert.Equal(correct, Evaluator.Run(module, images).Correct);

        module.eval();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var batch = new BatchLoader(images.Take(100), PixelGrid.Normalized(PixelGrid.CifarMeans, PixelGrid.CifarDeviations), 100).Read(0).Single();
        float[] logits = TensorMemory.ToFloats(module.call(Evaluator.ToTensor(batch, images.Shape, CPU)));
        double[] expected = [.. File.ReadLines(Path.Combine(weights, $"{model}.logits_first100.csv")).Where(l => char.IsDigit(l[0]) || l[0] == '-')
            .SelectMany(l => l.Split(',')).Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        int columns = expected.Length / 100;
        for (int i = 0; i < logits.Length; i++)
        {
            Assert.Equal(expected[i / 10 * columns + columns - 10 + i % 10], logits[i], 1e-3);
        }
    }
}
