using BitAnneal.Reports;

namespace BitAnneal.Cli.Commands;

/// <summary>Plots of the metrics of a run.</summary>
internal static class Curves
{
    private const string AttentionPrefix = "attention/";

    /// <summary>Loss, and the attention on the lowest width of every tensor where there is one.</summary>
    public static IEnumerable<LinePlot> Of(string metricsPath)
    {
        var series = MetricsReader.Read(metricsPath);
        if (series.TryGetValue("loss", out var loss))
        {
            yield return new LinePlot("Training loss", "step", "cross-entropy (nats)", [Smoothed(loss)]);
        }

        if (Attention(series) is { Series.Count: > 0 } attention)
        {
            yield return attention;
        }
    }

    /// <summary>The attention on Q₁ of every tensor.</summary>
    public static LinePlot Attention(IReadOnlyDictionary<string, LineSeries> series)
    {
        var lowest = series.Where(s => s.Key.StartsWith(AttentionPrefix, StringComparison.Ordinal))
            .Select(s => (Site: s.Key[AttentionPrefix.Length..s.Key.LastIndexOf('/')], Bits: int.Parse(s.Key[(s.Key.LastIndexOf('/') + 1)..], System.Globalization.CultureInfo.InvariantCulture), s.Value))
            .GroupBy(s => s.Site).Select(g => g.MinBy(s => s.Bits)).Select(s => s.Value with { Name = s.Site });
        return new LinePlot("Attention on the lowest width", "step", "a₁", [.. lowest]);
    }

    /// <summary>A moving mean over about a twentieth of the line.</summary>
    public static LineSeries Smoothed(LineSeries line)
    {
        int window = Math.Max(1, line.Y.Count / 20);
        double[] means = [.. line.Y.Select((_, i) => line.Y.Skip(Math.Max(0, i - window + 1)).Take(Math.Min(window, i + 1)).Average())];
        return line with { Y = means };
    }
}
