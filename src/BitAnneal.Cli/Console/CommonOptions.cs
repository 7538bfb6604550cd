using System.CommandLine;

namespace BitAnneal.Cli.Console;

/// <summary>Options that several commands share. Every command gets its own objects.</summary>
internal sealed class CommonOptions
{
    public Option<string?> DataDir { get; } = new("--data-dir") { Description = "Folder (or archive) with the dataset; default: the environment variable BITANNEAL_DATA." };

    public Option<int?> Threads { get; } = Positive("--threads", "Threads to compute with; default: all cores.");

    public Option<string?> Device { get; } = OneOf("--device", "Where to compute: cpu or cuda.", "cpu", "cuda");

    public Option<bool> Json { get; } = new("--json") { Description = "Print JSON." };

    /// <summary>An option that takes a whole number of at least 1.</summary>
    public static Option<int?> Positive(string name, string description, int max = int.MaxValue)
    {
        var option = new Option<int?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < 1 || value > max))
            {
                result.AddError(max == int.MaxValue ? $"{name} {value} is not positive" : $"{name} {value} is outside 1..{max}");
            }
        });
        return option;
    }

    /// <summary>An option with a few values.</summary>
    public static Option<string?> OneOf(string name, string description, params string[] values)
    {
        var option = new Option<string?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            string given = result.Tokens.Count == 1 ? result.Tokens[0].Value : values[0];
            if (!values.Contains(given))
            {
                result.AddError($"{name} '{given}' is unknown{Graphs.NearestName.Hint(given, values)} (known: {string.Join(", ", values)})");
            }
        });
        option.CompletionSources.Add(values);
        return option;
    }
}
