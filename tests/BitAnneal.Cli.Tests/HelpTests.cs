using BitAnneal.Data;
using BitAnneal.Models;

namespace BitAnneal.Cli.Tests;

public sealed class HelpTests : IDisposable
{
    private readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Theory]
    [InlineData("--help")]
    [InlineData("quickstart --help")]
    [InlineData("train --help")]
    [InlineData("eval --help")]
    [InlineData("inspect --help")]
    [InlineData("reproduce --help")]
    [InlineData("reproduce dqa --help")]
    [InlineData("figure --help")]
    [InlineData("figure dqa --help")]
    [InlineData("bench --help")]
    public void EveryCommandExplainsItselfWithAnExample(string arguments)
    {
        var result = tool.Run(arguments).Succeeds();
        Assert.Matches(@"Examples?:\s+bitanneal ", result.Output);
        Assert.Contains("--verbose", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("train --help")]
    [InlineData("eval --help")]
    public void HelpNamesEveryModelAndDataset(string arguments)
    {
        string help = tool.Run(arguments).Succeeds().Output;
        Assert.All(ModelCatalog.Entries, e => Assert.Contains(e.Name, help, StringComparison.Ordinal));
        Assert.All(DatasetCatalog.Names, name => Assert.Contains(name, help, StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutArgumentsItShowsHelp()
    {
        var result = tool.Run("").Succeeds();
        Assert.Equal(tool.Run("--help").Output, result.Output);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void ItSaysItsVersion() => Assert.Matches(@"^\d+\.\d+\.\d+", tool.Run("--version").Succeeds().Output);
}
