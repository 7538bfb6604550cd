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
        var output = new Option<string?>("--out") { Description = "Folder of the run; default: runs/MODEL-DATA-METHOD-WEIGHTS-ACTIVATIONS-seedS, with -2, -3, ... behind it where runs are." };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the folder, if there is one." };
        var overwrite = new Option<bool>("--overwrite") { Description = "Start anew in a folder that holds a finished run, which is removed." };
        var unsettled = new Option<bool>("--allow-unsettled") { Description = "Freeze even where a mixture has not settled on its lowest width." };
        var json = new CommonOptions().Json;
        var command = new Command("train", """
            Trains a network, freezes it and writes model.onnx, float.safetensors, config.json, metrics.jsonl, summary.json and report.html.

            Examples:
              bitanneal train --model quickstart --data synthetic --method dqa --activation-bits 2 --activation-range pact
              bitanneal train --model resnet20 --data cifar10 --data-dir data --init resnet20.safetensors --method dqa --epochs 4
            """) { config, output, resume, overwrite, unsettled, json };
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
            if (parsed.GetValue(config) is null && !flags.NamesModelOrData(parsed))
            {
                throw new UsageException("train needs a network and a dataset: --model and --data, or --config FILE; for example 'bitanneal train --model quickstart --data synthetic'");
            }

            var run = Folder(parsed.GetValue(output), configuration, parsed.GetValue(resume), parsed.GetValue(overwrite));
            var data = DatasetCatalog.Load(configuration.Data, configuration.DataDir).Draw(configuration.TrainImages, configuration.TestImages, configuration.Seed);
            foreach (string note in data.Notes)
            {
                Terminal.WriteWarning(note);
            }

            data.RequireReadable(stop);
            using var loggers = ErrorStreamLogger.Factory(parsed.GetValue(CommonOptions.Verbose));
            var result = new TrainingJob(configuration, data, loggers.CreateLogger("train"), Terminal.BesideResult(parsed.GetValue(json)))
                .Run(run, parsed.GetValue(resume), parsed.GetValue(unsettled), $"{configuration.Method} {configuration.Model}", stop);
            new TrainReport(configuration, data, run, result).Publish(parsed.GetValue(json), stop);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    /// <summary>Where to train. What a finished run found is not removed unless the user says so.</summary>
    private static RunFolder Folder(string? output, RunConfiguration configuration, bool resume, bool overwrite)
    {
        if (output is null)
        {
            string name = Path.Combine("runs", TrainingJob.NameOf(configuration));
            return overwrite ? new RunFolder(name) : RunFolder.Next(name, resume);
        }

        var run = new RunFolder(output);
        return resume || overwrite || !run.IsFinished ? run
            : throw new UsageException($"--out '{output}' holds a finished run; choose another folder, or give --overwrite to remove it, or --resume to go on with it");
    }
}
