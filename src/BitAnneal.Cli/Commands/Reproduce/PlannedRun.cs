using BitAnneal.Training.Runs;

namespace BitAnneal.Cli.Commands.Reproduce;

/// <summary>One training of an arm.</summary>
/// <param name="Arm">What is trained.</param>
/// <param name="Seed">Seed of everything, from 1.</param>
/// <param name="Folder">Where.</param>
internal sealed record PlannedRun(Arm Arm, int Seed, RunFolder Folder) : SeriesRun(Arm.With(Seed), Folder)
{
    /// <summary>Every run of some arms: one seed after the other, so that a stopped command has compared all arms on the first seeds.</summary>
    public static IEnumerable<PlannedRun> All(IReadOnlyCollection<Arm> arms, Func<Arm, int> seedsOf, string root) =>
        arms.SelectMany(arm => Enumerable.Range(1, seedsOf(arm)).Select(seed => new PlannedRun(arm, seed, arm.Folder(root, seed)))).OrderBy(r => r.Seed);
}
