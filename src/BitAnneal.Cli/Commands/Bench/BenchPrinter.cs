using System.Globalization;
using BitAnneal.Cli.Console;
using BitAnneal.Reports;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>Prints what a benchmark found.</summary>
internal static class BenchPrinter
{
    public static void Print(BenchResult result)
    {
        Terminal.Print(Layers(result));
        if (result.Peak is { } peak)
        {
            System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"int8 peak of one thread in this run: {peak.GigaOperations:F0} GOP/s ({peak.Instruction})"));
        }

        System.Console.WriteLine();
        Terminal.Print(Network(result));
        System.Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"weights {result.WeightBytes:N0} bytes, working memory {result.WorkingBytes:N0} bytes, peak of the process {result.PeakBytes:N0} bytes"));
    }

    /// <summary>Lines on standard error: for every layer that no kernel is made for, and one where an arm's times spread too far.</summary>
    public static void Warn(BenchResult result)
    {
        foreach (string warning in result.Warnings)
        {
            Terminal.WriteWarning(warning);
        }

        string[] disturbed = [.. result.Disturbed.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Name} by {a.Spread * 100:F0} %"))];
        if (disturbed.Length > 0)
        {
            Terminal.WriteWarning($"the machine was busy: the quartiles of the rounds differ for {string.Join(", ", disturbed)}; run again on a quiet machine");
        }
    }

    private static Table Layers(BenchResult result)
    {
        var table = new Table("node", "kernel", "W bits", "A bits", "ms", "GOP/s", "of peak");
        foreach (var layer in result.Layers)
        {
            table.Row(layer.Time.Step.Node, layer.Time.Step.Implementation, Bits(layer.Cost?.WeightBits), Bits(layer.Cost?.ActivationBits), Number(layer.Time.Milliseconds, "F4"),
                layer.Cost is null ? "-" : Number(layer.GigaOperations, "F1"),
                layer.Cost is null || result.Peak is null ? "-" : Number(layer.GigaOperations / result.Peak.GigaOperations * 100, "F1") + " %");
        }

        double sum = result.Layers.Sum(l => l.Time.Milliseconds), operations = result.Layers.Sum(l => 2e-6 * (l.Cost?.MultiplyAccumulates ?? 0));
        return table.Row("sum", "", "", "", Number(sum, "F4"), Number(operations / sum, "F1"), result.Peak is null ? "-" : Number(operations / sum / result.Peak.GigaOperations * 100, "F1") + " %");
    }

    private static Table Network(BenchResult result)
    {
        var table = new Table(result.Network, "ms per image", "best", "quartiles", "images/s", "times as long");
        foreach (var arm in result.Arms)
        {
            table.Row(arm.Name, Number(arm.Median, "F4"), Number(arm.Best, "F4"), $"{Number(arm.LowerQuartile, "F4")} to {Number(arm.UpperQuartile, "F4")}", Number(1000 / arm.Median, "F1"), Number(arm.RatioTo(result.Engine), "F2"));
        }

        return table;
    }

    private static string Bits(int? bits) => bits is { } b ? $"{b}" : "-";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
