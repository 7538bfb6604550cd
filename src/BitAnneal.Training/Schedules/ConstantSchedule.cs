namespace BitAnneal.Training.Schedules;

/// <summary>The same value at every step.</summary>
/// <param name="Value">The value.</param>
public sealed record ConstantSchedule(double Value) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step, long totalSteps) => Value;
}
