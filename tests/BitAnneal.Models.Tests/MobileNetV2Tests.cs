using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Models.Tests;

public class MobileNetV2Tests
{
    /// <summary>
    /// torchvision documents 3,504,872 parameters and 0.30 GMAC for ImageNet. With ten classes the last layer has 12,810 parameters instead
    /// of 1,281,000, whatever the strides: 2,236,682. (The CIFAR code that adds 1×1 shortcuts where the paper has none counts 2,296,922.)
    /// </summary>
    [Theory]
    [InlineData("mobilenetv2", 10, 2_236_682, 87_976_448)]
    [InlineData("mobilenetv2", 100, 2_351_972, 88_091_648)]
    [InlineData("mobilenetv2-imagenet", 1000, 3_504_872, 300_774_272)]
    public void ParametersAndWorkAreThePublishedOnes(string name, int classes, long parameters, long macs)
    {
        var cost = NetworkCost.Measure(ModelCatalog.Create(name, classes: classes));
        Assert.Equal(parameters, cost.TrainableParameters);
        Assert.Equal(macs, cost.MultiplyAccumulates);
    }

    [Fact]
    public void ParametersAreNamedAndShapedAsInTorchvision()
    {
        var graph = MobileNetV2.CreateImageNet();
        foreach (var (name, shape) in (ReadOnlySpan<(string, TensorShape)>)
        [
            ("features.0.0.weight", new(32, 3, 3, 3)), ("features.0.1.running_var", new(32)),
            ("features.1.conv.0.0.weight", new(32, 1, 3, 3)), ("features.1.conv.1.weight", new(16, 32, 1, 1)), ("features.1.conv.2.bias", new(16)),
            ("features.2.conv.0.0.weight", new(96, 16, 1, 1)), ("features.2.conv.1.0.weight", new(96, 1, 3, 3)),
            ("features.2.conv.2.weight", new(24, 96, 1, 1)), ("features.2.conv.3.weight", new(24)),
            ("features.17.conv.2.weight", new(320, 960, 1, 1)), ("features.18.0.weight", new(1280, 320, 1, 1)), ("classifier.1.weight", new(1000, 1280)),
        ])
        {
            Assert.Equal(shape, graph.Parameters[name].Shape);
        }

        Assert.Equal(262, graph.Parameters.Count); // torchvision's state dict has 314 entries, 52 of them counters of batches.
    }

    [Fact]
    public void BottlenecksAreLinearAndTenBlocksHaveAShortcut()
    {
        var graph = MobileNetV2.CreateCifar();
        Assert.Equal(10, graph.Nodes.Count(n => n.Operator is Add));
        Assert.Equal(17, graph.Nodes.Count(n => n.Operator is Conv2d { Groups: > 1 }));
        Assert.Equal(35, graph.Nodes.Count(n => n.Operator is Relu6));
        Assert.DoesNotContain(graph.Nodes, n => n.Operator is Relu);
        Assert.Equal(new TensorShape(24, 32, 32), graph.ShapeOf("features.3.add"));
        Assert.Equal(new TensorShape(1280, 4, 4), graph.ShapeOf("features.18.2"));
        Assert.Equal(new TensorShape(1280, 7, 7), MobileNetV2.CreateImageNet().ShapeOf("features.18.2"));
    }
}
