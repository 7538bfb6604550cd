using System.Globalization;
using BitAnneal.Graphs.IO;
using BitAnneal.Reports;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands.DqaFigures;

/// <summary>Writes pictures and the numbers behind them into a folder.</summary>
/// <param name="path">The folder; it is made, and tried, at once.</param>
internal sealed class FigureFolder(string path)
{
    private readonly string path = new RunFolder(path).Create().Path;
    private readonly List<string> files = [];

    /// <summary>What was written.</summary>
    public IReadOnlyList<string> Files => files;

    /// <summary>A number as CSV keeps it: shortest text that gives the same number again.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Writes a chart as NAME.png and NAME.svg.</summary>
    public void Write(string name, Chart chart, int width, int height)
    {
        byte[] png = chart.ToPng(width, height);
        AtomicFile.Write(Add($"{name}.png"), s => s.Write(png));
        AtomicFile.WriteText(Add($"{name}.svg"), chart.ToSvg(width, height));
    }

    /// <summary>Writes a table as NAME.csv.</summary>
    public void Write(string name, Table table) => AtomicFile.WriteText(Add($"{name}.csv"), table.ToCsv());

    private string Add(string file)
    {
        files.Add(Path.Combine(path, file));
        return files[^1];
    }
}
