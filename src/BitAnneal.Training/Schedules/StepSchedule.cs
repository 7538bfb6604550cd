namespace BitAnneal.Training.Schedules;

/// <summary>Divided by ten after every third of the training, as in the DQA paper (lr 0.1, drops at epochs 100 and 200 of 300).</summary>
/// <param name="Start">Value in the first third.</param>
public sealed record StepSchedule(double Start) : Schedule
{
    /// <inheritdoc/>
    public override double At(long step, long totalSteps) => Start * Math.Pow(0.1, (step - 1) * 3 / totalSteps);
}
