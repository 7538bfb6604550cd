namespace BitAnneal.Training.Schedules;

/// <summary>A linear warm-up, then half a cosine down to zero.</summary>
/// <param name="Peak">Largest value.</param>
/// <param name="WarmUp">Share of the steps that climb, in [0, 1).</param>
public sealed record CosineSchedule(double Peak, double WarmUp = 0.05) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step, long totalSteps)
    {
        double climb = WarmUp * totalSteps;
        if (step < climb)
        {
            return Peak * step / climb;
        }

        return Peak * 0.5 * (1 + Math.Cos(Math.PI * (step - 1 - Math.Floor(climb)) / Math.Max(1, totalSteps - Math.Floor(climb))));
    }
}
