using System.Buffers.Binary;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Tests;

namespace BitAnneal.Graphs.Tests;

public class SafetensorsTests
{
    [Fact]
    public void TensorsAndMetadataComeBack()
    {
        using var folder = new TemporaryFolder();
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var random = new SeededRandom(seed);
            var tensors = Enumerable.Range(0, random.Next(6)).ToDictionary(i => $"tensor {i} \"é\n", _ => Tensor(random));
            var metadata = Enumerable.Range(0, random.Next(3)).ToDictionary(i => $"key{i}", i => $"välue\n\"{i}\"");
            SafetensorsFile.Write(folder["a"], tensors, metadata);
            var back = SafetensorsFile.Read(folder["a"]);
            Assert.Equal(tensors.Keys.Order(), back.Tensors.Keys.Order());
            Assert.All(tensors, t => Assert.True(t.Value.ContentEquals(back.Tensors[t.Key])));
            Assert.Equal(metadata, back.Metadata);
        }
    }

    [Fact]
    public void TheSameContentGivesTheSameBytesInAnyOrder()
    {
        using var folder = new TemporaryFolder();
        var random = new SeededRandom(1);
        var tensors = Enumerable.Range(0, 5).Select(i => KeyValuePair.Create($"t{i}", Tensor(random))).ToArray();
        SafetensorsFile.Write(folder["a"], tensors);
        SafetensorsFile.Write(folder["b"], tensors.Reverse());
        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
    }

    [Fact]
    public void DataStartsAtAMultipleOfEightBytes()
    {
        using var folder = new TemporaryFolder();
        for (int length = 1; length <= 16; length++)
        {
            SafetensorsFile.Write(folder["a"], [new(new string('é', length), new FloatTensor(new TensorShape(1), [1f]))]);
            byte[] bytes = File.ReadAllBytes(folder["a"]);
            Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8);
            Assert.Equal(1f, BitConverter.ToSingle(bytes.AsSpan(^4..)));
        }
    }

    [Fact]
    public void HalvesBrainFloatsAndDoublesBecomeFloats()
    {
        byte[] f16 = [.. new[] { 1.5f, -0.25f, 65504f, 6e-8f }.SelectMany(v => BitConverter.GetBytes((Half)v))];
        byte[] bf16 = [0x80, 0x3f, 0x20, 0xc1, 0x80, 0x7f];
        byte[] f64 = [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(-1e300)];
        var content = SafetensorsFile.Parse(Safetensors.Bytes(
            """{"h":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]},"d":{"dtype":"F64","shape":[2],"data_offsets":[14,30]}}""",
            [.. f16, .. bf16, .. f64]), "memory");
        Assert.Equal([1.5f, -0.25f, 65504f, (float)(Half)6e-8f], content.Tensors["h"].ToFloats());
        Assert.Equal(new TensorShape(2, 2), content.Tensors["h"].Shape);
        Assert.Equal([1f, -10f, float.PositiveInfinity], content.Tensors["b"].ToFloats());
        Assert.Equal([0.1f, float.NegativeInfinity], content.Tensors["d"].ToFloats());
    }

    [Fact]
    public void IntegerTensorsArePassedOver()
    {
        var content = SafetensorsFile.Parse(Safetensors.Bytes(
            """{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}""", new byte[12]), "memory");
        Assert.Equal(["x"], content.Tensors.Keys);
        Assert.Equal(TensorShape.Scalar, content.Tensors["x"].Shape);
    }

    [Fact]
    public void TensorsWithoutElementsArePassedOver()
    {
        var content = SafetensorsFile.Parse(Safetensors.Bytes(
            """{"n":{"dtype":"F32","shape":[0,3],"data_offsets":[0,0]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]), "memory");
        Assert.Equal(["x"], content.Tensors.Keys);
    }

    [Fact]
    public void NaNAndSignedZeroKeepTheirBits()
    {
        using var folder = new TemporaryFolder();
        var tensor = new FloatTensor(new TensorShape(4), [float.NaN, BitConverter.UInt32BitsToSingle(0xffc12345), -0f, float.Epsilon]);
        SafetensorsFile.Write(folder["a"], [new("x", tensor)]);
        Assert.True(tensor.ContentEquals(SafetensorsFile.Read(folder["a"]).Tensors["x"]));
    }

    [Fact]
    public void AMissingFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(folder["none"], Assert.Throws<BitAnnealException>(() => SafetensorsFile.Read(folder["none"])).Message, StringComparison.Ordinal);
        Assert.Contains(folder.Root, Assert.Throws<BitAnnealException>(() => SafetensorsFile.Read(folder.Root)).Message, StringComparison.Ordinal);
    }

    private static FloatTensor Tensor(SeededRandom random)
    {
        int[] dimensions = [.. Enumerable.Range(0, random.Next(5)).Select(_ => 1 + random.Next(4))];
        var shape = new TensorShape(dimensions);
        return new FloatTensor(shape, [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => (float)random.NextGaussian())]);
    }
}
