namespace BitAnneal.Training;

/// <summary>Where a training stands, for a progress display.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps in all.</param>
/// <param name="Loss">Task loss of the last step, in nats.</param>
/// <param name="Top1">Share of right test answers at the last evaluation; NaN before the first.</param>
public readonly record struct TrainingProgress(long Step, long TotalSteps, double Loss, double Top1);
