using BitAnneal.Cli.Console;

namespace BitAnneal.Cli.Tests;

/// <summary>What the documentation shows is true: its commands parse, its code is that of the samples, its output is what is printed.</summary>
public class DocumentationTests
{
    public static TheoryData<string> Pages { get; } = new(Directory.EnumerateFiles(Root, "*.md", SearchOption.AllDirectories)
        .Select(p => Path.GetRelativePath(Root, p)).Where(p => !p.Split('/', '\\').Any(part => part is "bin" or "obj" or "runs")));

    private static string Root
    {
        get
        {
            string? folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "BitAnneal.slnx")))
            {
                folder = Path.GetDirectoryName(folder);
            }

            return folder ?? throw new InvalidOperationException("the tests do not run inside the repository");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void EveryCommandOnAPageParses(string page)
    {
        foreach (string line in File.ReadLines(Path.Combine(Root, page)).Where(l => l.StartsWith("./bitanneal ", StringComparison.Ordinal)))
        {
            var parsed = CommandRunner.CreateRoot().Parse(line["./bitanneal ".Length..].Replace("$seed", "1", StringComparison.Ordinal).Replace("$method", "dqa", StringComparison.Ordinal));
            Assert.True(parsed.Errors.Count == 0, $"{page}: {line}: {string.Join("; ", parsed.Errors)}");
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void EveryLinkToAFileLeadsSomewhere(string page)
    {
        string text = File.ReadAllText(Path.Combine(Root, page)), folder = Path.GetDirectoryName(Path.Combine(Root, page))!;
        foreach (var link in System.Text.RegularExpressions.Regex.Matches(text, @"\]\(([^)#:\s]+)\)").Select(m => m.Groups[1].Value))
        {
            Assert.True(Path.Exists(Path.Combine(folder, link)), $"{page}: {link}");
        }
    }

    [Fact]
    public void TheCodeOfTheReadmeIsThatOfTheSample() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Root, "samples", "Classify", "Program.cs")), Block("<!-- samples/Classify/Program.cs -->"));

    [Fact]
    public void TheTableOfTheReadmeHasTheRowsThatTheQuickstartPrints()
    {
        using var tool = new Tool();
        string[] printed = tool.Run("quickstart --epochs 1 --train-images 64 --test-images 20 --threads 1").Succeeds().Output.Split('\n');
        foreach (string row in Block("<!-- quickstart -->").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string label = row.Split("  ", 2)[0];
            Assert.Contains(printed, line => line.StartsWith(label + " ", StringComparison.Ordinal));
        }
    }

    /// <summary>The fenced block behind a mark.</summary>
    private static string Block(string mark)
    {
        string text = File.ReadAllText(Path.Combine(Root, "README.md"));
        int start = text.IndexOf('\n', text.IndexOf("```", text.IndexOf(mark, StringComparison.Ordinal), StringComparison.Ordinal)) + 1;
        return text[start..text.IndexOf("```", start, StringComparison.Ordinal)];
    }
}
