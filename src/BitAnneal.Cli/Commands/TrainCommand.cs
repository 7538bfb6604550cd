using System.CommandLine;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands;

/// <summary><c>bitanneal train</c>: one training, from data to frozen file.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var flags = new TrainFlags();
        var config = new Option<string?>("--config") { Description = "Start from the configuration of this JSON file; other flags override it." };
        var output = new Option<string?>("--out") { Description = "Folder of the run; default: runs/MODEL-METHOD-WEIGHTS-ACTIVATIONS-seedS." };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the folder, if there is one." };
        var unsettled = new Option<bool>("--allow-unsettled") { Description = "Freeze even where a mixture has not settled on its lowest width." };
        var json = new CommonOptions().Json;
        var command = new Command("train", """
            Trains a network, freezes it and writes model.onnx, float.safetensors, config.json, metrics.jsonl, summary.json and report.html.

            Examples:
              bitanneal train --model quickstart --data synthetic --method dqa --activation-bits 2 --activation-range pact
              bitanneal train --model resnet20 --data cifar10 --data-dir data --init resnet20.safetensors --method dqa --epochs 4
            """) { config, output, resume, unsettled, json };
        flags.AddTo(command);
        command.SetAction((parsed, stop) =>
        {
            var configuration = flags.Apply(parsed, parsed.GetValue(config) is { } path ? RunConfiguration.Read(path) : new RunConfiguration());
            configuration = configuration with
            {
                LearningRate = configuration.LearningRate ?? (configuration.Init is null ? 0.1 : 0.02),
                ResizedCrop = configuration.ResizedCrop ?? configuration.Data == "imagefolder",
            };
            TrainingJob.Check(configuration);
            var data = DatasetCatalog.Load(configuration.Data, configuration.DataDir).Take(configuration.TrainImages, configuration.TestImages);
            foreach (string note in data.Notes)
            {
                Terminal.WriteWarning(note);
            }

            data.RequireReadable(stop);
            string folder = parsed.GetValue(output)
                ?? Path.Combine("runs", TrainingJob.NameOf(configuration));
            var run = new RunFolder(folder);
            using var loggers = ErrorStreamLogger.Factory(parsed.GetValue(CommonOptions.Verbose));
            var result = new TrainingJob(configuration, data, loggers.CreateLogger("train"), Terminal.BesideResult(parsed.GetValue(json)))
                .Run(run, parsed.GetValue(resume), parsed.GetValue(unsettled), $"{configuration.Method} {configuration.Model}", stop);
            new TrainReport(configuration, data, run, result).Publish(parsed.GetValue(json), stop);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
