using BitAnneal.Graphs;
using BitAnneal.Onnx.Schema;
using BitAnneal.Tests;

namespace BitAnneal.Onnx.Tests;

/// <summary>Whatever bytes a file has, it is read or refused in one line, in memory that goes with its size.</summary>
public class HostileFileTests
{
    private const long BaseMemory = 64 << 20;

    [Fact]
    public void AFileThatEndsAnywhereIsRefused()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            byte[] bytes = OnnxExporter.ToBytes(RandomGraphs.Create(seed));
            for (int length = 0; length < bytes.Length; length += 1 + (length / 400))
            {
                Read(bytes[..length], 4 << 20);
            }
        }
    }

    [Fact]
    public void AnyByteMayBeAnyOther()
    {
        for (ulong seed = 11; seed <= 18; seed++)
        {
            byte[] bytes = OnnxExporter.ToBytes(RandomGraphs.Create(seed));
            for (int at = 0; at < bytes.Length; at += 1 + (at / 400))
            {
                byte was = bytes[at];
                foreach (byte now in new byte[] { 0, 1, 0x7f, 0x80, 0xff, (byte)(was ^ 1), (byte)(was ^ 0x40), (byte)(was + 1) })
                {
                    bytes[at] = now;
                    Read(bytes, 16 << 20);
                }

                bytes[at] = was;
            }
        }
    }

    [Fact]
    public void AFileOfNothingButFieldsTakesLittleMemory()
    {
        foreach (byte[] pattern in new byte[][] { [0x0a, 0x00], [0x2a, 0x00], [0x5a, 0x00], [0x0a, 0x02, 0x2a, 0x00], [0x0a, 0x04, 0x0a, 0x00, 0x12, 0x00] })
        {
            byte[] graph = [.. Enumerable.Range(0, (4 << 20) / pattern.Length).SelectMany(_ => pattern)];
            var writer = new WireWriter();
            writer.Bytes(7, graph);
            Read(writer.ToArray(), BaseMemory + (10L * graph.Length));
        }
    }

    [Fact]
    public void AConstantThatManyLayersReadIsRefused()
    {
        var graph = new GraphBuilder("shared").Input(new TensorShape(512, 1, 1)).Conv2d("conv0", 512, 1).Build(1);
        var model = ModelProto.Read(new WireReader(OnnxExporter.ToBytes(graph)));
        var layer = model.Graph!.Node.Single(n => n.OpType == "Conv");
        var last = model.Graph.Node.Single(n => n.Name == "output");
        model.Graph.Node.Remove(last);
        for (int i = 1; i < 2000; i++)
        {
            var next = new NodeProto { OpType = "Conv", Name = $"conv{i}" };
            next.Input.AddRange([layer.Output[0], .. layer.Input.Skip(1)]);
            next.Output.Add($"value{i}");
            model.Graph.Node.Add(next);
            layer = next;
        }

        last.Input[0] = layer.Output[0];
        model.Graph.Node.Add(last);
        byte[] bytes = model.ToByteArray();
        Assert.Throws<BitAnnealException>(() => OnnxImporter.Parse(bytes, "shared.onnx"));
        Read(bytes, BaseMemory + (10L * bytes.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    public void ALargeNetworkTakesNoMoreThanTenTimesItsSize(int bits)
    {
        var graph = new GraphBuilder("large").Input(new TensorShape(1024, 1, 1)).Conv2d("conv", 4096, 1, bias: false).Build(1);
        var shape = graph.Parameters["conv.weight"].Shape;
        var random = new SeededRandom(1);
        int[] codes = [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(1 << bits))];
        graph = graph.WithParameters([new("conv.weight", QuantizedTensor.FromCodes(shape, Grid.Uniform(bits, 0.1f, -0.1f), codes))]);
        byte[] bytes = OnnxExporter.ToBytes(graph);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(graph.FirstDifference(OnnxImporter.Parse(bytes, "large.onnx")));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= (10L * bytes.Length) + (4 << 20), $"{allocated} bytes for a file of {bytes.Length}");
    }

    private static void Read(byte[] bytes, long memory)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            OnnxImporter.Parse(bytes, "hostile.onnx");
        }
        catch (BitAnnealException e)
        {
            Assert.StartsWith("'hostile.onnx'", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(e.Message, char.IsControl);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= memory, $"{allocated} bytes for a file of {bytes.Length}");
    }
}
