using System.Diagnostics;

namespace BitAnneal.Runtime;

/// <summary>Takes the time after every step of every run while a session is profiled.</summary>
internal sealed class StepClock
{
    private readonly List<long> ticks = [];
    private long last;

    /// <summary>A run begins.</summary>
    public void Start() => last = Stopwatch.GetTimestamp();

    /// <summary>The next step is done.</summary>
    public void Mark()
    {
        long now = Stopwatch.GetTimestamp();
        ticks.Add(now - last);
        last = Stopwatch.GetTimestamp(); // The list may have grown: that is not the next step's time.
    }

    /// <summary>The median over all runs, step by step.</summary>
    public IReadOnlyList<StepTime> Medians(IReadOnlyList<LayerPlan> steps) => [.. steps.Select((step, s) =>
    {
        long[] ordered = [.. ticks.Where((_, i) => i % steps.Count == s).Order()];
        return new StepTime(step, ordered[ordered.Length / 2] * 1000.0 / Stopwatch.Frequency);
    })];
}
