using BitAnneal.Graphs;
using BitAnneal.Tests;

namespace BitAnneal.Runtime.Tests;

public class ProfileTests
{
    [Fact]
    public void EveryStepIsTimedAndRunsGiveTheSameBitsAfterwards()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            var session = IntegerSession.Create(graph);
            float[] before = Run(session, graph, seed), after;
            var times = RandomGraphs.TakesBytes(graph) ? session.Profile(RandomGraphs.Bytes(graph, seed), 3) : session.Profile(RandomGraphs.Floats(graph, seed), 3);
            after = Run(session, graph, seed);
            Assert.Equal(session.Explain(), times.Select(t => t.Step));
            Assert.All(times, t => Assert.InRange(t.Milliseconds, 0, 1000));
            Assert.True(times.Sum(t => t.Milliseconds) > 0);
            Assert.Equal(before.Select(BitConverter.SingleToInt32Bits), after.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void AtLeastOneRunIsNeeded()
    {
        var graph = RandomGraphs.Create(1);
        var session = IntegerSession.Create(graph);
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Profile(RandomGraphs.Bytes(graph, 1), 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => session.Profile(RandomGraphs.Floats(graph, 1), 0));
    }

    private static float[] Run(IntegerSession session, Graph graph, ulong seed)
    {
        float[] output = new float[session.OutputShape.ElementCount];
        if (RandomGraphs.TakesBytes(graph))
        {
            session.Run(RandomGraphs.Bytes(graph, seed), output);
        }
        else
        {
            session.Run(RandomGraphs.Floats(graph, seed), output);
        }

        return output;
    }
}
