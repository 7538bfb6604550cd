using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Training.Methods.Dqa.Paper;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary><c>bitanneal reproduce dqa</c>: a row of the paper's tables beside our own training of it.</summary>
internal static class ReproduceCommand
{
    private static readonly string[] Tables = [.. PaperTables.All.Select(r => Number(r.Table)).Distinct()];

    public static Command Create() => new("reproduce", """
        Trains what a paper reports, and prints both.

        Example:
          bitanneal reproduce dqa --table 1 --row 5
        """) { Dqa() };

    private static Command Dqa()
    {
        var common = new CommonOptions();
        var table = OptionKinds.OneOf("--table", "Table of the paper", Tables);
        var row = new Option<string?>("--row") { Description = "Row of the table, from 1, or 'all'." };
        var list = new Option<bool>("--list") { Description = "Print the rows (of --table, or of all tables) and end." };
        var budget = OptionKinds.OneOf("--budget", "How much to train; default cpu", ReproduceSettings.Budgets);
        var seeds = OptionKinds.Positive("--seeds", "Trainings of each arm; default 3, or as many as the paper with --budget paper.");
        var epochs = OptionKinds.Positive("--epochs", "Passes over the training images with --budget cpu; default 6.");
        var hold = OptionKinds.Real("--hold", "Share of the steps after which the learning rate falls with --budget cpu; default 0.");
        var edges = OptionKinds.OneOf("--edges", "First and last layer; default same", RunConfiguration.EdgePolicies);
        var compute = OptionKinds.OneOf("--compute", "Number format of convolutions and linear layers while training", RunConfiguration.ComputeTypes);
        var output = new Option<string?>("--out") { Description = "Folder with one run folder per training; default: runs/reproduce-dqa-BUDGET. What is finished there is not trained again." };
        var resume = new Option<bool>("--resume") { Description = "Go on with the trainings that were interrupted in the folder." };
        var command = new Command("dqa", """
            Trains a row of Tables 1 to 4 of 'DNN Quantization with Attention' (arXiv 2103.13322) with what it is measured against, which is float, plain
            and Binary-Relax under the same protocol and seeds, and sets the results beside the paper's, in results.md and results.json.

            --budget cpu trains ResNet-20 for a few epochs; --budget paper is the paper's protocol. The estimated time is printed first.

            Examples:
              bitanneal reproduce dqa --list
              bitanneal reproduce dqa --table 1 --row 5 --data-dir data
              bitanneal reproduce dqa --table 4 --row all --budget paper --data-dir imagenet
            """)
        {
            table, row, list, budget, seeds, epochs, hold, edges, compute, common.TrainImages, common.TestImages, common.DataDir, output, resume, common.Threads, common.Device, common.Json,
        };
        command.SetAction((parsed, stop) =>
        {
            if (parsed.GetValue(list))
            {
                RowList.Print([.. PaperTables.All.Where(r => parsed.GetValue(table) is not { } only || Number(r.Table) == only)], parsed.GetValue(common.Json));
                return Task.FromResult(ExitCodes.Success);
            }

            string kind = parsed.GetValue(budget) ?? "cpu";
            var settings = new ReproduceSettings
            {
                Rows = Find(parsed.GetValue(table), parsed.GetValue(row)),
                Budget = kind,
                Seeds = parsed.GetValue(seeds),
                Epochs = parsed.GetValue(epochs),
                Hold = parsed.GetValue(hold),
                Edges = parsed.GetValue(edges) ?? "same",
                Compute = parsed.GetValue(compute) ?? "float32",
                TrainImages = parsed.GetValue(common.TrainImages),
                TestImages = parsed.GetValue(common.TestImages),
                DataDir = parsed.GetValue(common.DataDir) ?? Environment.GetEnvironmentVariable(DatasetCatalog.DirectoryVariable),
                Output = parsed.GetValue(output) ?? Path.Combine("runs", $"reproduce-dqa-{kind}"),
                Threads = parsed.GetValue(common.Threads) ?? Environment.ProcessorCount,
                Device = parsed.GetValue(common.Device) ?? "cpu",
                Resume = parsed.GetValue(resume),
                Json = parsed.GetValue(common.Json),
            };
            if (settings.IsPaper && (settings.Epochs is not null || settings.Hold is not null))
            {
                throw new UsageException("--epochs and --hold are for --budget cpu: the paper's protocol fixes both");
            }

            using var loggers = ErrorStreamLogger.Factory(parsed.GetValue(CommonOptions.Verbose));
            new Reproduction(settings, loggers.CreateLogger("reproduce")).Run(stop);
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static ImmutableArray<PaperRow> Find(string? table, string? row)
    {
        if (table is null || row is null)
        {
            throw new UsageException($"{(table is null ? "--table" : "--row")} is missing; 'bitanneal reproduce dqa --list' prints all rows");
        }

        ImmutableArray<PaperRow> rows = [.. PaperTables.All.Where(r => Number(r.Table) == table)];
        return row == "all" ? rows
            : rows.FirstOrDefault(r => Number(r.Number) == row) is { } one ? [one]
            : throw new UsageException($"table {table} has no row '{row}' (known: 1 to {rows.Length}, or all)");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
