using BitAnneal.Cli.Commands.Bench;

namespace BitAnneal.Cli.Tests;

public class InterleavedTimerTests
{
    [Fact]
    public void EveryRoundRunsEveryArmInAnotherOrder()
    {
        var order = new List<string>();
        BenchArm Arm(string name, int milliseconds) => new(name, () =>
        {
            if (order.Count == 0 || order[^1] != name)
            {
                order.Add(name);
            }

            Thread.Sleep(milliseconds);
        });
        var times = InterleavedTimer.Run([Arm("a", 12), Arm("b", 24)], rounds: 3, images: 2, TimeSpan.Zero, (_, _) => { }, CancellationToken.None);
        Assert.Equal(["a", "b", "a", "b", "a", "b"], order); // Warm-up; a b, b a, a b: neighbours of one name count once.
        Assert.Equal(["a", "b"], times.Select(t => t.Name));
        Assert.All(times, t => Assert.Equal(3, t.Milliseconds.Count));
        Assert.True(times[0].Median >= 6 && times[1].Median >= 12, "the time of one image of two");
        Assert.InRange(times[1].RatioTo(times[0]), 1.2, 3);
    }

    [Fact]
    public void ItStopsWhenAsked()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.Throws<OperationCanceledException>(() => InterleavedTimer.Run([new BenchArm("a", () => { })], 1, 1, TimeSpan.Zero, (_, _) => { }, stop.Token));
    }

    [Fact]
    public void QuartilesLieBetweenTheRounds()
    {
        var times = new ArmTimes("a", [4, 1, 3, 2, 5]);
        Assert.Equal((1, 2, 3, 4), (times.Best, times.LowerQuartile, times.Median, times.UpperQuartile));
        Assert.Equal(2.0 / 3, times.Spread, 1e-12);
        Assert.Equal(2, new ArmTimes("b", [8, 2, 6, 4, 30]).RatioTo(times)); // The ratios are 2, 2, 2, 2 and 6.
        Assert.Equal(7, new ArmTimes("c", [7]).UpperQuartile);
    }
}
