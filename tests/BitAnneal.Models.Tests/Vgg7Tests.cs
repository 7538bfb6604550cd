using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;

namespace BitAnneal.Models.Tests;

public class Vgg7Tests
{
    [Fact]
    public void LayersAreThoseOfTheTernaryWeightPaper()
    {
        var graph = ModelCatalog.Create("vgg7");
        var cost = NetworkCost.Measure(graph);
        Assert.Equal(
            ["128x32x32", "128x32x32", "256x16x16", "256x16x16", "512x8x8", "512x8x8", "1024", "10"],
            cost.Layers.Select(l => l.OutputShape.ToString()));

        // Convolutions 9·(3·128 + 128² + 128·256 + 256² + 256·512 + 512²), layers 8192·1024 and 1024·10 + 10, batch norms 2·(2·896 + 1024).
        Assert.Equal(9L * 508_288 + 8_388_608 + 10_250 + 5_632, cost.TrainableParameters);
        Assert.Equal(1024L * 9 * 16_768 + 256L * 9 * 98_304 + 64L * 9 * 393_216 + 8_388_608 + 10_240, cost.MultiplyAccumulates);
    }

    [Theory]
    [InlineData("lenet5")]
    [InlineData("quickstart")]
    [InlineData("resnet20")]
    [InlineData("vgg7")]
    public void TheNumberOfClassesChangesTheLastLayerAlone(string name)
    {
        Graph ten = ModelCatalog.Create(name, 7), hundred = ModelCatalog.Create(name, 7, 100);
        Assert.Equal(new TensorShape(10), ten.OutputShape);
        Assert.Equal(new TensorShape(100), hundred.OutputShape);
        Assert.Equal(2, ten.Parameters.Count(p => !p.Value.ContentEquals(hundred.Parameters[p.Key])));
    }
}
