namespace BitAnneal.Training.Methods;

/// <summary>Where a training stands.</summary>
/// <param name="Step">b = 1 … B, counted over the whole training.</param>
/// <param name="TotalSteps">B.</param>
/// <param name="Epoch">0 … Epochs − 1.</param>
/// <param name="Epochs">Number of epochs.</param>
public readonly record struct StepPosition(long Step, long TotalSteps, int Epoch, int Epochs);
