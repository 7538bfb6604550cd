using System.CommandLine;
using BitAnneal.Cli.Console;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands;

/// <summary><c>bitanneal quickstart</c>: the whole way on an embedded image set, in a few minutes.</summary>
internal static class QuickstartCommand
{
    public static Command Create()
    {
        var common = new CommonOptions();
        var output = new Option<string>("--out") { Description = "Folder for everything that is written; runs/quickstart has -2, -3, ... behind it where runs are.", DefaultValueFactory = _ => Path.Combine("runs", "quickstart") };
        var epochs = OptionKinds.Positive("--epochs", "Passes over the training images in each of the four trainings; default 12.");
        var seed = OptionKinds.Positive("--seed", "Seed of weights, order and augmentation; default 1.");
        var command = new Command("quickstart", """
            Trains a small network on procedural images four times (float32; two bits plainly; two bits with Binary-Relax; two bits with DQA),
            freezes the last one to an .onnx file and runs that on integers.

            Example:
              bitanneal quickstart --out runs/first
            """) { output, epochs, seed, common.TrainImages, common.TestImages, common.Threads, common.Json };
        command.SetAction((parsed, stop) =>
        {
            string folder = parsed.GetResult(output) is { Implicit: false } ? parsed.GetValue(output)! : RunFolder.Next(parsed.GetValue(output)!, resume: false).Path;
            using var loggers = ErrorStreamLogger.Factory(parsed.GetValue(CommonOptions.Verbose));
            new Quickstart(new QuickstartSettings(
                folder, parsed.GetValue(epochs) ?? 12, (ulong)(parsed.GetValue(seed) ?? 1), parsed.GetValue(common.TrainImages), parsed.GetValue(common.TestImages),
                parsed.GetValue(common.Threads) ?? Environment.ProcessorCount, parsed.GetValue(common.Json)), loggers.CreateLogger("quickstart")).Run(stop);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
