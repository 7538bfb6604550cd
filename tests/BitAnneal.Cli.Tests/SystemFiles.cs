namespace BitAnneal.Cli.Tests;

internal static class SystemFiles
{
    public static string? Missing(string[] paths) => Array.Find(paths, p => !Path.Exists(p)) is { } missing ? $"there is no {missing} here" : null;
}
