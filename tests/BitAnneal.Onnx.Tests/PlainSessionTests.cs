using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Reference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace BitAnneal.Onnx.Tests;

/// <summary>
/// A session without any option fuses what it can. For every pair of widths, a file must give the oracle's values all the same. All numbers are multiples
/// of powers of two that floats hold exactly, so that no order of sums moves a value over the edge of a code.
/// </summary>
public class PlainSessionTests
{
    private const int Height = 6, Width = 6;

    /// <summary>Width of weights, 0 for float.</summary>
    public static TheoryData<int> Widths => [.. Enumerable.Range(0, 9)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void EveryPairGivesTheValuesOfTheOracle(int weightBits)
    {
        for (int valueBits = 0; valueBits <= 8; valueBits++)
        {
            foreach (int lowest in new[] { 0, -1, 1 })
            {
                foreach (bool offset in new[] { false, true })
                {
                    var graph = Network(Codes(weightBits, lowest, offset), Codes(valueBits, lowest, offset));
                    AssertAgrees(graph, $"{weightBits}/{valueBits} from {lowest}, offset {offset}");
                }
            }
        }
    }

    [Fact]
    public void ThreeLevelsRun()
    {
        var ternary = new Grid(-1, 1, [0.5f], [0]);
        AssertAgrees(Network(ternary, ternary), "ternary");
        AssertAgrees(Network(ternary, Grid.Uniform(8, 0.25f, 0)), "ternary weights");
    }

    [Fact]
    public void TwoQuantizationsInARowStayTwo()
    {
        var builder = new GraphBuilder("twice").Input(new TensorShape(4, Height, Width), Grid.Uniform(8, 0.0625f, -8));
        builder.Quantize(Grid.Uniform(3, 2, -8)).Quantize(Grid.Uniform(4, 1.5f, -7)).Quantize(Grid.Uniform(2, 1, -0.5f));
        AssertAgrees(builder.Build(1), "three in a row");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void APadInFrontOfAPoolingRuns(bool countsPadding)
    {
        var builder = new GraphBuilder("padded").Input(new TensorShape(4, Height, Width), Grid.Uniform(8, 0.0625f, -8)).Pad(new Pad { Before = 1, After = 2 });
        builder.Append("average", new AveragePool(2, 2) { Padding = 1, CountIncludesPadding = countsPadding }, builder.Current);
        builder.Pad(new Pad { ChannelsAfter = 2, Before = 1 }).MaxPool(3, 1, 1).Pad(new Pad { After = 1 }).Conv2d("conv", 3, 2, padding: 1);
        AssertAgrees(builder.Build(1), "padded");
    }

    private static Grid? Codes(int bits, int lowest, bool offset)
    {
        int first = lowest < 0 && bits > 1 ? -(1 << (bits - 1)) : lowest > 0 ? Math.Min(5, 256 - (1 << Math.Max(bits, 1))) : 0;
        return bits == 0 ? null : new Grid(first, first + (1 << bits) - 1, [0.5f], [offset ? 0.125f : 0]);
    }

    /// <summary>A convolution, a residual sum, groups, both poolings and a head; each layer reads quantized values.</summary>
    private static Graph Network(Grid? weights, Grid? values)
    {
        var builder = new GraphBuilder("pair").Input(new TensorShape(4, Height, Width), Grid.Uniform(8, 0.0625f, -8));
        void Quantize()
        {
            if (values is not null)
            {
                builder.Quantize(values);
            }
        }

        Quantize();
        builder.Conv2d("first", 4, 3, padding: 1, bias: true);
        Quantize();
        string shortcut = builder.Current;
        builder.Conv2d("grouped", 4, 3, padding: 1, groups: 2, bias: false).Add(shortcut).Relu();
        Quantize();
        builder.MaxPool(2, 2);
        Quantize();
        builder.Conv2d("depthwise", 4, 1, groups: 4, bias: true).AveragePool(2, 1);
        Quantize();
        builder.Relu6().GlobalAveragePool().Flatten();
        Quantize();
        return WithNumbers(builder.Linear("head", 3).Build(1), weights);
    }

    private static Graph WithNumbers(Graph graph, Grid? weights)
    {
        var random = new SeededRandom(3);
        return graph.WithParameters(graph.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p =>
        {
            int count = (int)p.Value.Shape.ElementCount;
            GraphTensor tensor = weights is not null && p.Value.Shape.Rank > 1
                ? QuantizedTensor.FromCodes(
                    p.Value.Shape, weights, [.. Enumerable.Range(0, count).Select(_ => weights.MinCode + random.Next(weights.LevelCount))])
                : new FloatTensor(p.Value.Shape, [.. Enumerable.Range(0, count).Select(_ => (random.Next(33) - 16) / 16f)]);
            return KeyValuePair.Create(p.Key, tensor);
        }));
    }

    private static void AssertAgrees(Graph graph, string what)
    {
        var random = new SeededRandom(11);
        byte[] image = [.. Enumerable.Range(0, 4 * Height * Width).Select(_ => (byte)random.Next(256))];
        float[] expected = new ReferenceInterpreter(graph).Run(image);
        byte[] file = OnnxExporter.ToBytes(graph);
        using var session = new InferenceSession(file);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(graph.Input.Name, new DenseTensor<byte>(image, [1, 4, Height, Width]))]);
        Assert.Equal(graph.Output.Name, results[0].Name);
        double largest = expected.Max(Math.Abs) + 1e-6;
        double worst = expected.Zip(results[0].AsEnumerable<float>(), (e, a) => Math.Abs((double)e - a)).Max() / largest;
        Assert.True(worst <= 1e-4, $"{what}: differs by {worst:E2} of the largest output");
        Assert.Null(graph.FirstDifference(OnnxImporter.Parse(file, "file.onnx")));
    }
}
