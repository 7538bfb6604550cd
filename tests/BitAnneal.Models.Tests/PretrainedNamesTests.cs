using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;

namespace BitAnneal.Models.Tests;

/// <summary>Needs the pretrained networks in the folder that the environment variable names; without it there is nothing to compare.</summary>
public class PretrainedNamesTests
{
    [Theory]
    [InlineData("resnet20")]
    [InlineData("resnet32")]
    [InlineData("resnet56")]
    public void ParametersAreNamedAndShapedAsInThePretrainedFile(string name)
    {
        string? root = Environment.GetEnvironmentVariable("BITANNEAL_DATA");
        if (root is null)
        {
            return;
        }

        var tensors = SafetensorsFile.Read(Path.Combine(root, "resnet-cifar10-fp32", $"{name}.safetensors")).Tensors;
        var graph = ModelCatalog.Create(name);
        Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), graph.Parameters.Keys.Order(StringComparer.Ordinal));
        Assert.All(tensors, t => Assert.Equal(t.Value.Shape, graph.Parameters[t.Key].Shape));
    }

    /// <summary>The names of the same networks in PyTorch, written out: they must not change with a refactoring.</summary>
    [Fact]
    public void TheFirstNamesAreThoseOfTheStateDictionary()
    {
        string[] block = [.. new[] { "conv1", "bn1", "conv2", "bn2" }.SelectMany(n => n[0] == 'c' ? ["weight"] : new[] { "weight", "bias", "running_mean", "running_var" }, (n, role) => $"{n}.{role}")];
        string[] expected =
        [
            "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "linear.weight", "linear.bias",
            .. from stage in Enumerable.Range(1, 3) from index in Enumerable.Range(0, 3) from name in block select $"layer{stage}.{index}.{name}",
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), ResNetCifar.Create(20).Parameters.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryParameterHasTheShapeItsGraphAsksFor()
    {
        var graph = ResNetCifar.Create(32);
        Assert.Equal(new TensorShape(32, 16, 3, 3), graph.Parameters["layer2.0.conv1.weight"].Shape);
        Assert.Equal(new TensorShape(64, 32, 3, 3), graph.Parameters["layer3.0.conv1.weight"].Shape);
        Assert.Equal(new TensorShape(10, 64), graph.Parameters["linear.weight"].Shape);
    }
}
