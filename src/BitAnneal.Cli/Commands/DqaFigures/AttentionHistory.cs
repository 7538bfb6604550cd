using System.Globalization;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Reports;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>How the attention of one tensor moved over a run, and where its grids lay.</summary>
/// <param name="Tensor">Name of the tensor.</param>
/// <param name="Bits">n₁ … n_K.</param>
/// <param name="Steps">The steps that were logged.</param>
/// <param name="Temperature">T at those steps.</param>
/// <param name="Attention">a by width and logged step.</param>
/// <param name="Ranges">The range by width and logged step; null where the run has not logged it.</param>
internal sealed record AttentionHistory(string Tensor, int[] Bits, double[] Steps, double[] Temperature, double[][] Attention, ClipRange[][]? Ranges)
{
    private const string Prefix = "attention/";

    /// <summary>All tensors of a run, in the order of the network.</summary>
    /// <exception cref="BitAnnealException">The run logged no attention, or not as a training does.</exception>
    public static IReadOnlyList<AttentionHistory> Read(RunFolder run)
    {
        var series = MetricsReader.Read(run.Metrics);
        var tensors = series.Keys.Select(Split).OfType<(string Tensor, int Bits)>().GroupBy(k => k.Tensor, k => k.Bits);
        if (!tensors.Any() || !series.TryGetValue("temperature", out var temperature))
        {
            throw new BitAnnealException($"'{run.Metrics}' holds no attention: '{run.Path}' is no run of --method dqa");
        }

        string? odd = series.Keys.FirstOrDefault(k => Split(k) is not null && !series[k].X.SequenceEqual(temperature.X));
        return odd is null ? [.. tensors.Select(t => Of(series, t.Key, [.. t.Order()], temperature))]
            : throw new BitAnnealException($"'{run.Metrics}': '{odd}' and 'temperature' were not logged at the same steps");
    }

    /// <summary>The same with the range at the end of the run everywhere, for runs that logged no ranges.</summary>
    /// <exception cref="BitAnnealException">That range is not known either.</exception>
    public AttentionHistory WithFinalRange(RunFolder run)
    {
        var weights = File.Exists(run.FloatModel) ? SafetensorsFile.Read(run.FloatModel).Tensors : null;
        bool isMinMax = RunConfiguration.Read(run.Configuration) is { Weights.IsEmpty: true, Layers.IsEmpty: true };
        if (!isMinMax || weights is null || !weights.TryGetValue(Tensor, out var tensor))
        {
            throw new BitAnnealException($"'{run.Path}' logged no range of '{Tensor}': choose a tensor with one evenly spaced grid (--tensor), or train again");
        }

        float[] values = tensor.ToFloats();
        var range = new ClipRange(values.Min(), values.Max());
        return this with { Ranges = [.. Bits.Select(_ => Enumerable.Repeat(range, Steps.Length).ToArray())] };
    }

    /// <summary>The index of the logged step that is nearest to a share of the run.</summary>
    public int At(double share)
    {
        double step = share * Steps[^1];
        return Enumerable.Range(0, Steps.Length).MinBy(i => Math.Abs(Steps[i] - step));
    }

    /// <summary>a₁ … a_K at a logged step.</summary>
    public double[] AttentionAt(int index) => [.. Attention.Select(a => a[index])];

    private static AttentionHistory Of(IReadOnlyDictionary<string, LineSeries> series, string tensor, int[] bits, LineSeries temperature)
    {
        ClipRange[]? lowest = Range(series, tensor, bits[0], temperature.X.Count); // Widths that share a range log it once.
        ClipRange[][]? ranges = lowest is null ? null : [.. bits.Select(n => Range(series, tensor, n, lowest.Length) ?? lowest)];
        return new AttentionHistory(tensor, bits, [.. temperature.X], [.. temperature.Y], [.. bits.Select(n => series[$"{Prefix}{tensor}/{n}"].Y.ToArray())], ranges);
    }

    /// <summary>Tensor and width of a key of the metrics; null for other keys.</summary>
    private static (string Tensor, int Bits)? Split(string key)
    {
        int end = key.LastIndexOf('/');
        return key.StartsWith(Prefix, StringComparison.Ordinal) && end > Prefix.Length && int.TryParse(key.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int bits)
            ? (key[Prefix.Length..end], bits)
            : null;
    }

    private static ClipRange[]? Range(IReadOnlyDictionary<string, LineSeries> series, string tensor, int bits, int count) =>
        series.TryGetValue($"range/{tensor}/{bits}/min", out var min) && series.TryGetValue($"range/{tensor}/{bits}/max", out var max) && min.Y.Count == count && max.Y.Count == count
            ? [.. min.Y.Zip(max.Y, (a, b) => new ClipRange((float)a, (float)b))]
            : null;
}
