using System.Text;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;

namespace BitAnneal.Cli.Tests;

[Collection(nameof(TinyRun))]
public sealed class BadFileTests(TinyRun run) : IDisposable
{
    private readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void AnOnnxFileThatCannotBeReadIsNamed()
    {
        byte[] model = File.ReadAllBytes(run.Model);
        tool.Write("folder.onnx/readme", "");
        tool.Write("empty.onnx", "");
        tool.Write("text.onnx", "this is no model");
        tool.Write("cut.onnx", model[..(model.Length / 2)]);
        tool.Write("foreign.onnx", Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(model).Replace("BitAnneal", "SomeOther", StringComparison.Ordinal)));
        tool.Run("inspect missing.onnx").Fails(1, "missing.onnx", "no file");
        tool.Run("inspect folder.onnx").Fails(1, "folder.onnx", "folder, not a file");
        tool.Run("inspect empty.onnx").Fails(1, "empty.onnx", "no ONNX");
        tool.Run("inspect text.onnx").Fails(1, "text.onnx", "no ONNX");
        tool.Run("eval cut.onnx --data synthetic").Fails(1, "cut.onnx", "truncated");
        tool.Run("inspect foreign.onnx").Fails(1, "foreign.onnx", "SomeOther", "only files that BitAnneal wrote");
    }

    [Fact]
    public void EveryTensorThatDoesNotFitIsListed()
    {
        var tensors = SafetensorsFile.Read(run.Weights).Tensors.ToDictionary();
        tensors.Remove("bn1.weight");
        tensors.Remove("bn2.bias");
        tensors["extra"] = new FloatTensor(new TensorShape(2), new float[2]);
        tensors["classifier.bias"] = new FloatTensor(new TensorShape(11), new float[11]);
        SafetensorsFile.Write(tool.PathOf("wrong.safetensors"), tensors);
        string[] faults = ["wrong.safetensors", "'bn1.weight' is missing", "'bn2.bias' is missing", "'extra' is not in the model", "'classifier.bias' has shape 11 instead of 10"];
        tool.Run("eval wrong.safetensors --model quickstart --data synthetic").Fails(1, faults);
        tool.Run("train --init wrong.safetensors --out run").Fails(1, faults);
        Assert.False(Path.Exists(tool.PathOf("run")));
    }

    [Fact]
    public void ASafetensorsFileThatCannotBeReadIsNamed()
    {
        byte[] weights = File.ReadAllBytes(run.Weights);
        tool.Write("empty.safetensors", "");
        tool.Write("text.safetensors", "these are no weights, but long enough");
        tool.Write("cut.safetensors", weights[..(weights.Length / 2)]);
        string header = """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""";
        tool.Write("offsets.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), 0, 0, 0, 0]);
        foreach (string name in (string[])["missing", "empty", "text", "cut", "offsets"])
        {
            tool.Run($"inspect {name}.safetensors --model quickstart").Fails(1, $"{name}.safetensors");
        }
    }

    [Fact]
    public void DataThatAreMissingOrDamagedAreNamed()
    {
        tool.Write("mnist/train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 28, 0, 0, 0, 28, 1, 2, 3]);
        tool.Write("mnist/train-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        tool.Write("cifar10/test_batch.bin", new byte[1000]);
        tool.Run("train --model lenet5 --data mnist --out run").Fails(1, "mnist", "--data-dir", "BITANNEAL_DATA");
        tool.Run("train --model lenet5 --data mnist --data-dir nowhere --out run").Fails(1, "nowhere", "train-images-idx3-ubyte");
        tool.Run("train --model lenet5 --data mnist --data-dir . --out run").Fails(1, "train-images-idx3-ubyte", "truncated");
        tool.Run("train --data cifar10 --data-dir cifar10 --out run").Fails(1, "test_batch.bin", "1000 bytes");
        tool.Run("train --model lenet5 --data synthetic --out run").Fails(1, "lenet5", "1x28x28", "3x32x32");
        tool.Run($"eval {run.Model} --data cifar10 --data-dir nowhere").Fails(1, "nowhere");
        Assert.False(Path.Exists(tool.PathOf("run")));
    }

    [Fact]
    public void AConfigurationThatIsNoFileIsAUsageError()
    {
        tool.Run("train --config missing.json").Fails(2, "missing.json", "no file");
        tool.Run("train --config .").Fails(2, "'.'", "folder");
    }

    [Fact]
    public void AConfigurationThatIsNoTextIsAUsageError()
    {
        tool.Write("run.json", [.. "{\""u8, 0xFF, .. "\":1}"u8]);
        tool.Run("train --config run.json --out run").Fails(2, "run.json", "UTF-8");
    }

    [Theory]
    [InlineData("""{"epoch":3,"modle":"lenet5"}""", "unknown key 'epoch'", "did you mean 'epochs'?", "did you mean 'model'?")]
    [InlineData("""{"epochs":"3"}""", "run.json", "'epochs'", "wrong type")]
    [InlineData("""{"model":null}""", "'model'", "wrong type")]
    [InlineData("""{"weights":["minmax2",4]}""", "'weights[1]'", "wrong type")]
    [InlineData("""{"model":"lenet"}""", "'lenet'", "did you mean 'lenet5'?")]
    [InlineData("""{"epochs":0,"momentum":1,"seed":1}""", "epochs 0", "momentum 1")]
    [InlineData("""{"lambda":1e999}""", "lambda")]
    [InlineData("""{"layers":[{"weights":["minmax4"]}]}""", "'layers[0]'", "key 'layers'")]
    [InlineData("""{"layers":[{"layers":"conv3","wieghts":[]}]}""", "unknown key 'layers[0].wieghts'", "did you mean 'weights'?")]
    [InlineData("""{"layers":["conv3"]}""", "'layers[0]'", "an object")]
    [InlineData("""{"layers":[{"layers":"conv9"}]}""", "'conv9'", "did you mean 'conv1'?")]
    [InlineData("""{"epochs":3""", "line 1", "not JSON")]
    [InlineData("""{"epochs":3,"epochs":4}""", "not JSON")]
    [InlineData("""{"weights":null}""", "'weights'", "null")]
    [InlineData("""{"floatLayers":["conv1",null]}""", "'floatLayers[1]'", "null")]
    [InlineData("""{"layers":[{"layers":"conv3","weights":[null]}]}""", "'layers[0].weights[0]'", "null")]
    [InlineData("\uFEFF{\"epochs\":0}", "epochs 0")]
    [InlineData("[]", "no JSON object")]
    [InlineData("", "not JSON")]
    public void AFaultyConfigurationIsAUsageError(string json, params string[] parts)
    {
        tool.Write("run.json", json);
        tool.Run("train --config run.json --out run").Fails(2, parts);
        Assert.False(Path.Exists(tool.PathOf("run")));
    }
}
