using System.CommandLine;
namespace BitAnneal.Cli.Commands;
internal static class QuickstartCommand { public static Command Create() => new("quickstart"); }
