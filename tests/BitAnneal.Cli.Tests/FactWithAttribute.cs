namespace BitAnneal.Cli.Tests;

/// <summary>A fact that needs files of the system; skipped, and reported so, where one is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(params string[] paths) => Skip = SystemFiles.Missing(paths);
}
