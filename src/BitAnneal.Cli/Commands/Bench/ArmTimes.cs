using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>What an arm took in every round.</summary>
/// <param name="Name">Name of the arm.</param>
/// <param name="Milliseconds">Time per image, round by round.</param>
internal sealed record ArmTimes(string Name, IReadOnlyList<double> Milliseconds)
{
    public double Median => Quantile(Milliseconds, 0.5);

    /// <summary>The best round: on a busy machine the figure that is least wrong.</summary>
    public double Best => Milliseconds.Min();

    public double LowerQuartile => Quantile(Milliseconds, 0.25);

    public double UpperQuartile => Quantile(Milliseconds, 0.75);

    /// <summary>Distance of the quartiles as a share of the median.</summary>
    public double Spread => (UpperQuartile - LowerQuartile) / Median;

    /// <summary>How many times as long as another arm it took: the median over the rounds.</summary>
    public double RatioTo(ArmTimes other) => Quantile([.. Milliseconds.Zip(other.Milliseconds, (mine, theirs) => mine / theirs)], 0.5);

    public JsonObject ToJson() => new()
    {
        ["median"] = Median,
        ["best"] = Best,
        ["lowerQuartile"] = LowerQuartile,
        ["upperQuartile"] = UpperQuartile,
    };

    /// <summary>A quantile, by straight lines between the ordered values.</summary>
    private static double Quantile(IReadOnlyList<double> values, double share)
    {
        double[] ordered = [.. values.Order()];
        double place = share * (ordered.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, ordered.Length - 1);
        return ordered[below] + (place - below) * (ordered[above] - ordered[below]);
    }
}
