using BitAnneal.Graphs;
using BitAnneal.Runtime.Reference;
using BitAnneal.Tests;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Xunit.Abstractions;

namespace BitAnneal.Onnx.Tests;

public class OnnxRuntimeTests(ITestOutputHelper output)
{
    /// <summary>
    /// ONNX Runtime adds up in an order of its own. A value next to the edge between two codes may fall to the other side, which
    /// moves what follows by a whole step: such networks are counted and must stay rare; all others must agree to rounding.
    /// </summary>
    [Fact]
    public void RunsEveryFileAndAgreesWithTheOracle()
    {
        int graphs = 0, flipped = 0;
        double worst = 0;
        for (ulong seed = 1; seed <= 250; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            using var session = new InferenceSession(OnnxExporter.ToBytes(graph), options);
            float[] expected = [.. Expected(graph, 0), .. Expected(graph, 1)], actual = Run(session, graph);
            double scale = expected.Max(Math.Abs) + 1e-6, difference = expected.Zip(actual, (e, a) => Math.Abs((double)e - a)).Max() / scale;
            graphs++;
            if (difference > 1e-4)
            {
                flipped++;
                output.WriteLine($"seed {seed}: differs by {difference:E2} of the largest output");
            }
            else
            {
                worst = Math.Max(worst, difference);
            }
        }

        output.WriteLine($"{flipped} of {graphs} networks with a flipped code; the others differ by at most {worst:E2}");
        Assert.True(flipped <= graphs / 20, $"{flipped} of {graphs} networks differ by more than rounding");
    }

    private static float[] Expected(Graph graph, ulong image) => RandomGraphs.TakesBytes(graph)
        ? new ReferenceInterpreter(graph).Run(RandomGraphs.Bytes(graph, image))
        : new ReferenceInterpreter(graph).Run(RandomGraphs.Floats(graph, image));

    private static float[] Run(InferenceSession session, Graph graph)
    {
        int[] shape = [2, .. graph.InputShape.Dimensions];
        string name = session.InputNames[0];
        float[] Floats() => [.. RandomGraphs.Floats(graph, 0), .. RandomGraphs.Floats(graph, 1)];
        var input = RandomGraphs.TakesBytes(graph)
            ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<byte>((byte[])[.. RandomGraphs.Bytes(graph, 0), .. RandomGraphs.Bytes(graph, 1)], shape))
            : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(Floats(), shape));
        using var results = session.Run([input]);
        return [.. results[0].AsEnumerable<float>()];
    }
}
