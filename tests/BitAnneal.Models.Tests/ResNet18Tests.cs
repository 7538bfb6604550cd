using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;
using BitAnneal.Graphs.Operators;

namespace BitAnneal.Models.Tests;

public class ResNet18Tests
{
    /// <summary>torchvision documents 11,689,512 parameters and 1.81 GMAC for ImageNet; the CIFAR form is known with 11,173,962 and 0.56.</summary>
    [Theory]
    [InlineData("resnet18", 10, 11_173_962, 555_422_720)]
    [InlineData("resnet18", 100, 11_220_132, 555_468_800)]
    [InlineData("resnet18-imagenet", 1000, 11_689_512, 1_814_073_344)]
    public void ParametersAndWorkAreThePublishedOnes(string name, int classes, long parameters, long macs)
    {
        var cost = NetworkCost.Measure(ModelCatalog.Create(name, classes: classes));
        Assert.Equal(parameters, cost.TrainableParameters);
        Assert.Equal(macs, cost.MultiplyAccumulates);
    }

    [Fact]
    public void ParametersAreNamedAsInTorchvision()
    {
        string[] expected =
        [
            .. Convolution("conv1", "bn1"),
            .. Enumerable.Range(1, 4).SelectMany(l => Enumerable.Range(0, 2).SelectMany(b => (string[])
            [
                .. Convolution($"layer{l}.{b}.conv1", $"layer{l}.{b}.bn1"), .. Convolution($"layer{l}.{b}.conv2", $"layer{l}.{b}.bn2"),
                .. l > 1 && b == 0 ? Convolution($"layer{l}.0.downsample.0", $"layer{l}.0.downsample.1") : [],
            ])),
            "fc.weight", "fc.bias",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), ResNet18.CreateImageNet().Parameters.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(expected.Order(StringComparer.Ordinal), ResNet18.CreateCifar().Parameters.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TheStagesHaveTheSizesOfThePaper()
    {
        var large = ResNet18.CreateImageNet();
        Assert.Equal(new TensorShape(64, 56, 56), large.ShapeOf(large.Nodes.Single(n => n.Operator is MaxPool).Name));
        Assert.Equal(new TensorShape(512, 7, 7), large.ShapeOf("layer4.1.relu2"));
        var small = ResNet18.CreateCifar();
        Assert.Equal(new TensorShape(64, 32, 32), small.ShapeOf("layer1.1.relu2"));
        Assert.Equal(new TensorShape(512, 4, 4), small.ShapeOf("layer4.1.relu2"));
    }

    private static string[] Convolution(string name, string norm) =>
        [$"{name}.weight", $"{norm}.weight", $"{norm}.bias", $"{norm}.running_mean", $"{norm}.running_var"];
}
