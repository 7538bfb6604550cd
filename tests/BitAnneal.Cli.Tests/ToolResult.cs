using System.Text.Json.Nodes;

namespace BitAnneal.Cli.Tests;

/// <summary>What a tool left when it ended.</summary>
public sealed record ToolResult(int Code, string Output, string Error)
{
    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    public ToolResult Succeeds()
    {
        Assert.True(Code == 0, $"exit code {Code}: {Error}");
        return this;
    }

    /// <summary>One line on standard error that says all the parts, and no trace.</summary>
    public ToolResult Fails(int code, params string[] parts)
    {
        Assert.True(Code == code, $"exit code {Code} instead of {code}: {Error}{Output}");
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Output, StringComparison.Ordinal);
        return this;
    }
}
