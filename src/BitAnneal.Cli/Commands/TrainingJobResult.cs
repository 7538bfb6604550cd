using BitAnneal.Training;
using BitAnneal.Training.Freezing;

namespace BitAnneal.Cli.Commands;

/// <summary>What a training came to.</summary>
/// <param name="Mixture">Test result with the mixtures as they stood at the end.</param>
/// <param name="Collapsed">Test result of the frozen network in tensor operations: the one that counts.</param>
/// <param name="Frozen">The frozen network; null for float training.</param>
/// <param name="ModelPath">Where it was written; null for nowhere.</param>
internal sealed record TrainingJobResult(Evaluation Mixture, Evaluation Collapsed, FrozenNetwork? Frozen, string? ModelPath);
