namespace BitAnneal.Training.Schedules;

/// <summary>From <paramref name="Start"/> to <paramref name="End"/> by a constant factor per step: start·ψᵇ with ψ = (end/start)^(1/B).</summary>
/// <param name="Start">Value before the first step; the first step already uses start·ψ.</param>
/// <param name="End">Value at the last step.</param>
/// <example>The temperature of DQA, 100 to 0.03, is 1.7320508 half way.</example>
public sealed record ExponentialSchedule(double Start, double End) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step, long totalSteps) => Start * Math.Exp(Math.Log(End / Start) * step / totalSteps);
}
