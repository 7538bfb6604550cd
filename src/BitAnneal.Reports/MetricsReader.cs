using System.Text.Json;
using BitAnneal.Graphs;

namespace BitAnneal.Reports;

/// <summary>Reads the JSON Lines that a training writes.</summary>
public static class MetricsReader
{
    /// <summary>All series by key, over the step. A torn last line, as a killed run leaves it, is passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BitAnnealException">The file is missing, or a line is no flat object of numbers with a step.</exception>
    public static IReadOnlyDictionary<string, LineSeries> Read(string path)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BitAnnealException($"cannot read '{path}': {e.Message}", e);
        }

        var found = new Dictionary<string, (List<double> X, List<double> Y)>(StringComparer.Ordinal);
        for (int i = 0; i < lines.Length; i++)
        {
            try
            {
                using var json = JsonDocument.Parse(lines[i]);
                double step = json.RootElement.GetProperty("step").GetDouble();
                foreach (var property in json.RootElement.EnumerateObject().Where(p => p.Name != "step"))
                {
                    if (!found.TryGetValue(property.Name, out var series))
                    {
                        found[property.Name] = series = ([], []);
                    }

                    series.X.Add(step);
                    series.Y.Add(property.Value.GetDouble());
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                if (i < lines.Length - 1 || e is not JsonException)
                {
                    throw new BitAnnealException($"'{path}' line {i + 1} is no object of numbers with a step", e);
                }
            }
        }

        return found.ToDictionary(f => f.Key, f => new LineSeries(f.Key, f.Value.X, f.Value.Y), StringComparer.Ordinal);
    }
}
