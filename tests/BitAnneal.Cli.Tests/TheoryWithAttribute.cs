namespace BitAnneal.Cli.Tests;

/// <summary>A theory that needs files of the system; skipped, and reported so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(params string[] paths) => Skip = SystemFiles.Missing(paths);
}
