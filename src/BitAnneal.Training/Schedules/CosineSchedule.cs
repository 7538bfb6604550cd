namespace BitAnneal.Training.Schedules;

/// <summary>A linear warm-up, a level part, then half a cosine down to zero.</summary>
/// <param name="Peak">Largest value.</param>
/// <param name="WarmUp">Share of the steps that climb, in [0, 1).</param>
/// <param name="Hold">Share of the steps after which the value falls, in [0, 1); warm-up included.</param>
public sealed record CosineSchedule(double Peak, double WarmUp = 0.05, double Hold = 0) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step, long totalSteps)
    {
        double climb = WarmUp * totalSteps;
        if (step < climb)
        {
            return Peak * step / climb;
        }

        double fall = Math.Floor(Math.Max(climb, Hold * totalSteps));
        return step <= fall ? Peak : Peak * 0.5 * (1 + Math.Cos(Math.PI * (step - 1 - fall) / Math.Max(1, totalSteps - fall)));
    }
}
