namespace BitAnneal.Tests;

/// <summary>A theory over real data: skipped, and reported so, where the environment variable BITANNEAL_DATA does not lead to it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RealDataTheoryAttribute : TheoryAttribute
{
    private const string Variable = "BITANNEAL_DATA";

    public RealDataTheoryAttribute(params string[] folders)
    {
        string? missing = Array.Find(folders, f => Root.Length == 0 || !Directory.Exists(Path.Combine(Root, f)));
        Skip = missing is null ? null : $"{Variable} names no folder with '{missing}'";
    }

    public static string Root => Environment.GetEnvironmentVariable(Variable) ?? "";
}
