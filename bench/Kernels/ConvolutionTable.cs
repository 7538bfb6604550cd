using System.Globalization;
using BitAnneal.Reports;
using BitAnneal.Runtime.Emitted;

namespace BitAnneal.Bench;

/// <summary>All kernels on one layer.</summary>
internal static class ConvolutionTable
{
    private const string Library = "ONNX Runtime int8";

    public static void Print(Layer layer, int rounds)
    {
        var candidates = new List<Candidate>();
        if (VnniRunKernel.IsSupported)
        {
            candidates.Add(Peak.Dot());
            candidates.AddRange(RunShape.All.Select(s => layer.With(new VnniRunKernel(s.Channels, 8), $"vnni, {s.Places} places x {s.Channels} channels")));
        }

        if (PopcountRunKernel.IsSupported)
        {
            candidates.Add(Peak.CommonBits());
            candidates.AddRange(RunShape.All.Select(s => layer.With(new PopcountRunKernel(s.Channels), $"popcount, {s.Places} places x {s.Channels} channels")));
        }

        candidates.Add(OnnxRuntimeModels.Convolutions(layer, 1, Library));
        candidates.Add(OnnxRuntimeModels.Convolutions(layer, 5, Library));
        double[] seconds = Candidate.Time(candidates, rounds);
        seconds[^1] = (seconds[^1] - seconds[^2]) / 4;
        Console.WriteLine(layer);
        var table = new Table("kernel", "us", "GOP/s");
        for (int i = 0; i < candidates.Count; i++)
        {
            double ops = i == candidates.Count - 1 ? layer.Operations : candidates[i].Operations;
            table.Row(candidates[i].Name, (seconds[i] * 1e6).ToString("F1", CultureInfo.InvariantCulture), (ops / seconds[i] / 1e9).ToString("F0", CultureInfo.InvariantCulture));
        }

        Console.Write(table.ToText());
    }
}
