using System.Globalization;
using BitAnneal.Reports;

namespace BitAnneal.Bench;

/// <summary>Times candidates and prints them beside the peaks and beside ONNX Runtime.</summary>
internal static class Report
{
    /// <summary>Prints a table.</summary>
    /// <param name="title">Line above.</param>
    /// <param name="groups">Peaks, each with the kernels that it bounds; kernels without a peak have null.</param>
    /// <param name="library">ONNX Runtime's ways of doing the same.</param>
    /// <param name="rounds">Interleaved rounds.</param>
    public static void Print(string title, IReadOnlyList<(Candidate? Peak, Candidate[] Kernels)> groups, IReadOnlyList<LibraryCandidate> library, int rounds)
    {
        Candidate[] all = [.. groups.SelectMany(g => g.Peak is null ? g.Kernels : [g.Peak, .. g.Kernels]), .. library.SelectMany(l => l.Once is null ? [l.Whole] : new[] { l.Whole, l.Once })];
        var times = all.Zip(Candidate.Time(all, rounds)).ToDictionary(p => p.First, p => p.Second);
        double[] libraryTimes = [.. library.Select(l => l.Seconds(times))];
        var table = new Table(["kernel", "us", "GOP/s", "of peak", .. library.Select(l => $"× {l.Whole.Name}")]);
        foreach (var (peak, kernels) in groups)
        {
            foreach (var kernel in kernels)
            {
                double rate = kernel.Operations / times[kernel];
                table.Row([kernel.Name, Text(times[kernel] * 1e6, "F1"), Text(rate / 1e9, "F0"), peak is null ? "-" : Text(rate / (peak.Operations / times[peak]), "P0"),
                    .. libraryTimes.Select(t => Text(t / times[kernel], "F2"))]);
            }
        }

        for (int i = 0; i < library.Count; i++)
        {
            table.Row([library[i].Whole.Name, Text(libraryTimes[i] * 1e6, "F1"), Text(library[i].Operations / libraryTimes[i] / 1e9, "F0"), "-", .. libraryTimes.Select(t => Text(t / libraryTimes[i], "F2"))]);
        }

        Console.WriteLine(title);
        foreach (var peak in groups.Select(g => g.Peak).OfType<Candidate>())
        {
            Console.WriteLine(FormattableString.Invariant($"{peak.Name}: {peak.Operations / times[peak] / 1e9:F0} GOP/s"));
        }

        Console.WriteLine(table.ToText());
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
}
