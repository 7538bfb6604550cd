using static TorchSharp.torch;

namespace BitAnneal.Training;

/// <summary>A tensor that the optimiser moves.</summary>
/// <param name="Name">Unique name, stable across runs: the key in checkpoints.</param>
/// <param name="Value">The tensor, owned by its module.</param>
/// <param name="Kind">What it is.</param>
public sealed record TrainableTensor(string Name, Tensor Value, TrainableKind Kind);
