namespace BitAnneal.Reports;

/// <summary>One line of a plot.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="X">Positions.</param>
/// <param name="Y">Values, as many.</param>
public sealed record LineSeries(string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Colour as <c>#RRGGBB</c>; null for the next one of the palette.</summary>
    public string? Colour { get; init; }

    /// <summary>Draws dashes.</summary>
    public bool Dashed { get; init; }

    /// <summary>Draws a mark at every point, without which a line of one point cannot be seen.</summary>
    public PointMark Mark { get; init; }
}
