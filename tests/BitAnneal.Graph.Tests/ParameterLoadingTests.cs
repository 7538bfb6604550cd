using BitAnneal.Graphs.Safetensors;
using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class ParameterLoadingTests
{
    private static Graph Network(ulong seed) => new GraphBuilder("net").Input(new TensorShape(4)).Linear("a", 3).Linear("b", 2).Build(seed);

    [Fact]
    public void SavedWeightsComeBack()
    {
        using var folder = new TemporaryFolder();
        ParameterLoading.Save(Network(1), folder["w"]);
        Assert.Null(Network(1).FirstDifference(ParameterLoading.Load(Network(2), folder["w"])));
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("_orig_mod.module.")]
    public void AWrapperInFrontOfEveryNameIsPassedOver(string prefix)
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["w"], Network(1).Parameters.Select(p => KeyValuePair.Create(prefix + p.Key, (FloatTensor)p.Value)));
        Assert.Null(Network(1).FirstDifference(ParameterLoading.Load(Network(2), folder["w"])));
    }

    [Fact]
    public void EveryMissingExtraAndMisshapenTensorIsListedAtOnce()
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["w"],
        [
            new("a.weight", FloatTensor.Filled(new TensorShape(4, 3), 0)), new("b.weight", FloatTensor.Filled(new TensorShape(2), 0)),
            new("module.a.bias", FloatTensor.Filled(new TensorShape(3), 0)), new("zzz", FloatTensor.Filled(new TensorShape(1), 0)),
        ]);
        string message = Assert.Throws<BitAnnealException>(() => ParameterLoading.Load(Network(1), folder["w"])).Message;
        Assert.Equal(
            $"'{folder["w"]}' does not fit the model net: 'a.bias' is missing; 'b.bias' is missing; 'module.a.bias' is not in the model; 'zzz' is not in the model; "
            + "'a.weight' has shape 4x3 instead of 3x4; 'b.weight' has shape 2 instead of 2x3", message);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void AValueThatIsNotFiniteIsNamed(float value)
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["w"], Network(1).Parameters.Select(p =>
            KeyValuePair.Create(p.Key, p.Key == "b.bias" ? new FloatTensor(new TensorShape(2), [1, value]) : (FloatTensor)p.Value)));
        string message = Assert.Throws<BitAnnealException>(() => ParameterLoading.Load(Network(1), folder["w"])).Message;
        Assert.StartsWith($"'{folder["w"]}': tensor 'b.bias' holds a value that is not finite", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.weight")]
    [InlineData("module.a.weight")]
    public void ATypeThatIsNotReadIsNamed(string name)
    {
        using var folder = new TemporaryFolder();
        string header = """{"NAME":{"dtype":"F8_E4M3","shape":[3,4],"data_offsets":[0,12]}}""".Replace("NAME", name, StringComparison.Ordinal);
        File.WriteAllBytes(folder["w"], Safetensors.Bytes(header, new byte[12]));
        string message = Assert.Throws<BitAnnealException>(() => ParameterLoading.Load(Network(1), folder["w"])).Message;
        Assert.Contains("net: 'a.weight' has the type F8_E4M3; only F64, F32, F16 and BF16 are read", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PK\u0003\u0004................", "safetensors.torch.save_file")]
    [InlineData("\u0080\u0002..................", "Python pickle")]
    [InlineData("\u0002\u0008a.weight\u0006\u0002.........", "TorchSharp")]
    [InlineData("something else altogether", "is no safetensors file, or is truncated")]
    public void WeightsOfOtherToolsAreExplained(string content, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["w"], System.Text.Encoding.Latin1.GetBytes(content));
        Assert.Contains(message, Assert.Throws<BitAnnealException>(() => ParameterLoading.Load(Network(1), folder["w"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesFromTheFileStayOnOneLine()
    {
        using var folder = new TemporaryFolder();
        SafetensorsFile.Write(folder["w"], [new("evil\nerror: \u001b[31m\u202e", FloatTensor.Filled(new TensorShape(1), 0))]);
        string message = Assert.Throws<BitAnnealException>(() => ParameterLoading.Load(Network(1), folder["w"])).Message;
        Assert.Contains(@"'evil\nerror: \u001b[31m\u202e' is not in the model", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFrozenNetworkIsNotSavedAsFloats()
    {
        using var folder = new TemporaryFolder();
        var frozen = Network(1).WithParameters([new("a.weight", QuantizedTensor.FromCodes(new TensorShape(3, 4), Grid.Uniform(2, 1, 0), new int[12]))]);
        Assert.Contains("'a.weight' is quantized", Assert.Throws<BitAnnealException>(() => ParameterLoading.Save(frozen, folder["w"])).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }
}
