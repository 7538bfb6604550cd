using BitAnneal.Cli.Console;
using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>One training of an arm, in a folder of its own.</summary>
/// <param name="Arm">What is trained.</param>
/// <param name="Seed">Seed of everything, from 1.</param>
/// <param name="Folder">Where.</param>
internal sealed record PlannedRun(Arm Arm, int Seed, RunFolder Folder)
{
    /// <summary>All of it.</summary>
    public RunConfiguration Configuration => Arm.With(Seed);

    /// <summary>Every run of some arms: one seed after the other, so that a stopped command has compared all arms on the first seeds.</summary>
    public static IEnumerable<PlannedRun> All(IReadOnlyCollection<Arm> arms, Func<Arm, int> seedsOf, string root) =>
        arms.SelectMany(arm => Enumerable.Range(1, seedsOf(arm)).Select(seed => new PlannedRun(arm, seed, arm.Folder(root, seed)))).OrderBy(r => r.Seed);

    /// <summary>How far it is.</summary>
    /// <exception cref="UsageException">The folder holds a run that was told something else, which is not ours to remove.</exception>
    public RunState State()
    {
        bool finished = File.Exists(Folder.Summary);
        if (!finished && !File.Exists(Folder.Checkpoint))
        {
            return RunState.New;
        }

        string[] differences = File.Exists(Folder.Configuration) ? [.. Configuration.DifferencesFrom(RunConfiguration.Read(Folder.Configuration))] : ["config.json is missing"];
        if (finished && differences.Length == 0)
        {
            var summary = ArmResult.Summary(Folder);
            var (method, model, seed) = (summary["method"]?.ToString(), summary["model"]?.ToString(), summary["seed"]?.ToString());
            differences = (method, model, seed) == (Configuration.Method, Configuration.Model, $"{Seed}") ? [] : ["summary.json does not belong to its config.json"];
        }

        return differences.Length > 0
            ? throw new UsageException($"'{Folder.Path}' holds another run ({string.Join(", ", differences)}); choose another --out, or remove that folder")
            : finished ? RunState.Finished : RunState.Interrupted;
    }
}
