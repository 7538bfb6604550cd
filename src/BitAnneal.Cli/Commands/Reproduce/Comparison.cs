using System.Collections.Immutable;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>A row of the paper and the arms that it takes: float, plain, Binary-Relax and the row's own.</summary>
/// <param name="Row">The row.</param>
/// <param name="Arms">In that order, each once.</param>
internal sealed record Comparison(PaperRow Row, ImmutableArray<Arm> Arms)
{
    /// <summary>The arm of the row itself.</summary>
    public Arm Own { get; } = Arms.First(a => a.Published == Row);

    /// <summary>The comparison of a row.</summary>
    public static Comparison Of(PaperRow row, ReproduceSettings settings)
    {
        var full = new Arm(Protocol.Of(row, settings), PaperTables.FloatOf(row));
        if (row.Method == PaperMethod.FullPrecision)
        {
            return new Comparison(row, [full]);
        }

        var plain = new Arm(Protocol.Of(row, PaperMethod.Plain, row.Weights[..1], row.Activations[..1], settings), PaperTables.PlainOf(row), full);
        // Where the paper has no Binary-Relax in this setting, it gets the mixture of DQA.
        var published = PaperTables.RelaxOf(row);
        var mixture = published ?? PaperTables.DqaOf(row)!;
        var relax = new Arm(Protocol.Of(row, PaperMethod.BinaryRelax, mixture.Weights, mixture.Activations, settings), published, full, plain);
        return new Comparison(row, row.Method != PaperMethod.Dqa
            ? [full, plain, relax]
            : [full, plain, relax, new Arm(Protocol.Of(row, PaperMethod.Dqa, row.Weights, row.Activations, settings), row, full, plain)]);
    }
}
