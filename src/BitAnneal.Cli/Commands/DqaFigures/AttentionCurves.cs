using BitAnneal.Reports;
using BitAnneal.Training.Relaxations;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Part (a) of figure 3: attention against the step.</summary>
/// <param name="histories">The tensors to draw.</param>
/// <param name="chosen">The one that is drawn by itself.</param>
internal sealed class AttentionCurves(IReadOnlyList<AttentionHistory> histories, AttentionHistory chosen)
{
    private const int MostNames = 8;

    /// <summary>The chosen tensor, with what the falling temperature alone would do to it; with several tensors a panel for each width as well.</summary>
    public Chart Chart() => histories.Count == 1 ? Chosen() : new ChartGrid([Chosen(), .. chosen.Bits.Select(Width)], 2);

    /// <summary>A line per logged step: temperature, attention, and ranges where they were logged.</summary>
    public Table ToCsv()
    {
        var csv = new Table(
        [
            "step", "temperature", .. histories.SelectMany(h => h.Bits.Select(n => $"attention/{h.Tensor}/{n}")),
            .. histories.Where(h => h.Ranges is not null).SelectMany(h => h.Bits.SelectMany(n => new[] { $"range/{h.Tensor}/{n}/min", $"range/{h.Tensor}/{n}/max" })),
        ]);
        for (int i = 0; i < chosen.Steps.Length; i++)
        {
            csv.Row(
            [
                $"{chosen.Steps[i]}", FigureFolder.Number(chosen.Temperature[i]), .. histories.SelectMany(h => h.AttentionAt(i)).Select(FigureFolder.Number),
                .. histories.Where(h => h.Ranges is not null).SelectMany(h => h.Ranges!.SelectMany(r => new[] { FigureFolder.Number(r[i].Min), FigureFolder.Number(r[i].Max) })),
            ]);
        }

        return csv;
    }

    private LinePlot Chosen()
    {
        var alpha = Attention.DividedByDeviation(Attention.InitialAlpha(chosen.Bits), biased: false);
        double[][] prior = [.. chosen.Temperature.Select(t => Attention.Softmax(alpha, t).ToArray())];
        string[] colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"];
        return new LinePlot(chosen.Tensor, "step", "attention",
        [
            .. chosen.Bits.Select((n, k) => new LineSeries($"{n} bits", chosen.Steps, chosen.Attention[k]) { Colour = colours[k % colours.Length] }),
            .. chosen.Bits.Select((n, k) => new LineSeries($"{n} bits, cooling alone", chosen.Steps, [.. prior.Select(a => a[k])]) { Colour = colours[k % colours.Length], Dashed = true }),
        ])
        {
            Legend = LegendPlace.UpperLeft, // Where no line is: attention starts at 1/K, and the lowest width rises late.
        };
    }

    private LinePlot Width(int bits)
    {
        AttentionHistory[] with = [.. histories.Where(h => h.Bits.Contains(bits))];
        bool named = with.Length <= MostNames;
        return new LinePlot(named ? $"{bits} bits" : $"{bits} bits, from the first tensor (dark) to the last (bright)", "step", "attention",
            [.. with.Select((h, i) => new LineSeries(h.Tensor, h.Steps, h.Attention[Array.IndexOf(h.Bits, bits)]) { Colour = named ? null : Shade((double)i / (with.Length - 1)) })])
        {
            Legend = named && bits == chosen.Bits[0] ? LegendPlace.LowerRight : LegendPlace.None,
        };
    }

    /// <summary>From dark blue to bright orange.</summary>
    private static string Shade(double share)
    {
        int Part(int from, int to) => (int)Math.Round(from + (share * (to - from)));
        return $"#{Part(0x00, 0xF0):X2}{Part(0x33, 0xA0):X2}{Part(0x66, 0x30):X2}";
    }
}
