using System.CommandLine;
using System.CommandLine.Help;
using BitAnneal.Cli.Commands.DqaFigures;

namespace BitAnneal.Cli.Commands;

/// <summary><c>bitanneal figure</c>: the figures of papers, from our own runs.</summary>
internal static class FigureCommand
{
    public static Command Create()
    {
        var command = new Command("figure", """
            Draws the figures of a paper, each as PNG and SVG with the numbers behind it as CSV.

            Example:
              bitanneal figure dqa --figure 2
            """) { DqaFigureCommand.Create() };
        command.SetAction(parsed => new HelpAction().Invoke(parsed));
        return command;
    }
}
