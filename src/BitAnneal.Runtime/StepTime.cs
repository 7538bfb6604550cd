namespace BitAnneal.Runtime;

/// <summary>What one step of a network takes.</summary>
/// <param name="Step">How it is carried out.</param>
/// <param name="Milliseconds">Median over the runs of <see cref="IntegerSession.Profile(ReadOnlySpan{byte}, int)"/>.</param>
public sealed record StepTime(LayerPlan Step, double Milliseconds);
