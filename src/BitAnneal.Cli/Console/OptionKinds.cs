using System.CommandLine;
using System.Globalization;
using BitAnneal.Graphs;

namespace BitAnneal.Cli.Console;

/// <summary>Options by the kind of their value. A value that is none of the kind is a usage error that names flag, value and kind.</summary>
internal static class OptionKinds
{
    /// <summary>A whole number.</summary>
    public static Option<int?> Whole(string name, string description) => Single<int>(name, description, "a whole number", TryWhole);

    /// <summary>A whole number from 1.</summary>
    public static Option<int?> Positive(string name, string description, int max = int.MaxValue) => Single(
        name, description, max == int.MaxValue ? "a whole number of at least 1" : $"a whole number from 1 to {max}",
        (string text, out int value) => TryWhole(text, out value) && value >= 1 && value <= max);

    /// <summary>A finite number.</summary>
    public static Option<double?> Real(string name, string description) => Single(
        name, description, "a finite number", (string text, out double value) => TryReal(text, out value));

    /// <summary>Whole numbers from 1, one after another.</summary>
    public static Option<int[]> Positives(string name, string description) =>
        Several(name, description, "a whole number of at least 1", (string text, out int value) => TryWhole(text, out value) && value >= 1);

    /// <summary>Finite numbers above zero, one after another.</summary>
    public static Option<double[]> PositiveReals(string name, string description) =>
        Several(name, description, "a finite number above 0", (string text, out double value) => TryReal(text, out value) && value > 0);

    /// <summary>Words, one after another.</summary>
    public static Option<string[]> Words(string name, string description) => new(name) { Description = description, AllowMultipleArgumentsPerToken = true };

    /// <summary>One of a few words, which help and completion list.</summary>
    public static Option<string?> OneOf(string name, string description, IReadOnlyCollection<string> known)
    {
        var option = new Option<string?>(name) { Description = $"{description}: {string.Join(", ", known)}.", HelpName = name[2..] };
        Restrict(option, known);
        return option;
    }

    /// <summary>Some of a few words, which help and completion list.</summary>
    public static Option<string[]> SomeOf(string name, string description, IReadOnlyCollection<string> known)
    {
        var option = Words(name, $"{description}: {string.Join(", ", known)}.");
        Restrict(option, known);
        return option;
    }

    /// <summary>What is wrong with a word that should be one of a few; null when it is one.</summary>
    public static string? Unknown(string what, string given, IReadOnlyCollection<string> known) =>
        known.Contains(given) ? null : $"unknown {what} '{given}'{NearestName.Hint(given, known)} (known: {string.Join(", ", known)})";

    private static void Restrict(Option option, IReadOnlyCollection<string> known)
    {
        option.Validators.Add(result =>
        {
            foreach (string fault in result.Tokens.Select(t => Unknown(option.Name, t.Value, known)).OfType<string>())
            {
                result.AddError(fault);
            }
        });
        option.CompletionSources.Add([.. known]);
    }

    private static Option<T?> Single<T>(string name, string description, string kind, TryParse<T> parse) where T : struct => new(name)
    {
        Description = description,
        CustomParser = result => result.Tokens is [var token] ? Parse(name, kind, parse, token.Value, result.AddError) : null,
    };

    private static Option<T[]> Several<T>(string name, string description, string kind, TryParse<T> parse) where T : struct => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.Select(t => Parse(name, kind, parse, t.Value, result.AddError)).OfType<T>()],
    };

    private static T? Parse<T>(string name, string kind, TryParse<T> parse, string text, Action<string> fault) where T : struct
    {
        if (parse(text, out var value))
        {
            return value;
        }

        fault($"{name} '{text}' is not {kind}");
        return null;
    }

    private static bool TryWhole(string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool TryReal(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    private delegate bool TryParse<T>(string text, out T value);
}
