namespace BitAnneal.Training.Schedules;

/// <summary>A number as a function of the training step.</summary>
public abstract record Schedule
{
    /// <summary>The value at a step.</summary>
    /// <param name="step">b = 1 … B, counted over the whole training.</param>
    /// <param name="totalSteps">B.</param>
    public abstract double At(long step, long totalSteps);
}
