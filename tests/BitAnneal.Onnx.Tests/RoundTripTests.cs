using BitAnneal.Graphs;
using BitAnneal.Graphs.Cost;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Models;
using BitAnneal.Runtime;
using BitAnneal.Tests;

namespace BitAnneal.Onnx.Tests;

/// <summary>One of them measures time, for which the other tests of this project must not take the cores.</summary>
[CollectionDefinition(nameof(RoundTripTests), DisableParallelization = true)]
[Collection(nameof(RoundTripTests))]
public class RoundTripTests
{
    [Fact]
    public void EveryGraphComesBackTheSame()
    {
        for (ulong seed = 1; seed <= 600; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            byte[] bytes = OnnxExporter.ToBytes(graph);
            var back = OnnxImporter.Parse(bytes, "memory");
            Assert.True(graph.FirstDifference(back) is null, $"seed {seed}: {graph.FirstDifference(back)}");
            Assert.Equal(bytes, OnnxExporter.ToBytes(back));
        }
    }

    [Fact]
    public void DamagedFilesAreRefusedWithOneLine()
    {
        for (ulong seed = 1; seed <= 60; seed++)
        {
            byte[] bytes = OnnxExporter.ToBytes(RandomGraphs.Create(seed));
            var random = new SeededRandom(seed);
            for (int i = 0; i < 60; i++)
            {
                byte[] damaged = i % 3 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
                for (int flips = 0; flips < i % 3 * 2 && damaged.Length > 0; flips++)
                {
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                }

                try
                {
                    OnnxImporter.Parse(damaged, "damaged.onnx");
                }
                catch (BitAnnealException e)
                {
                    Assert.Contains("damaged.onnx", e.Message, StringComparison.Ordinal);
                    Assert.DoesNotContain(e.Message, char.IsControl);
                }
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is no protobuf")]
    public void OtherFilesAreRefused(string text)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
        File.WriteAllText(path, text);
        try
        {
            Assert.Contains(path, Assert.Throws<BitAnnealException>(() => OnnxImporter.Import(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Contains(path, Assert.Throws<BitAnnealException>(() => OnnxImporter.Import(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FrozenResNetIsAtMost15PercentLargerThanItsParameters()
    {
        var graph = FrozenResNet();
        long parameters = NetworkCost.Measure(graph).ParameterBytes, file = OnnxExporter.ToBytes(graph).Length;
        Assert.True(file <= 1.15 * parameters, $"{file} bytes for {parameters} bytes of parameters ({(double)file / parameters:F3})");
    }

    [Fact]
    public void ASessionOfAFrozenResNetTakesAtMostThirtyTimesItsFileToMake()
    {
        byte[] bytes = OnnxExporter.ToBytes(FrozenResNet());
        IntegerSession.Create(OnnxImporter.Parse(bytes, "memory")); // What all sessions share.
        long before = GC.GetAllocatedBytesForCurrentThread();
        IntegerSession.Create(OnnxImporter.Parse(bytes, "memory"));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= 30L * bytes.Length, $"{allocated} bytes for a file of {bytes.Length}");
    }

    private static Graph FrozenResNet()
    {
        var random = new SeededRandom(5);
        var marked = InsertQuantizers.Apply(ResNetCifar.Create(20), n => n.Operator is Conv2d or Linear);
        var codes = marked.Parameters.Where(p => p.Value.Shape.Rank is 2 or 4).Select(p =>
        {
            int[] values = [.. Enumerable.Range(0, (int)p.Value.Shape.ElementCount).Select(_ => random.Next(4))];
            return KeyValuePair.Create(p.Key, (GraphTensor)QuantizedTensor.FromCodes(p.Value.Shape, Grid.Uniform(2, 0.1f, -0.15f), values));
        });
        var grid = Grid.Uniform(8, 0.02f, -0.01f);
        return RemoveDeadNodes.Apply(FoldBatchNorm.Apply(new Graph(
            marked.Name,
            marked.Nodes.Select(n => n.Operator is Quantize ? n with { Operator = new Quantize(grid) } : n),
            marked.WithParameters(codes).Parameters)));
    }
}
