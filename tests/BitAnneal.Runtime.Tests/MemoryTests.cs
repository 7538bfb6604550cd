using System.Diagnostics;
using System.Runtime.CompilerServices;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Graphs.Passes;
using BitAnneal.Models;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Kernels.Lookup;

namespace BitAnneal.Runtime.Tests;

/// <summary>What a session keeps, and that runs add nothing to it. These count memory of the whole process, so no other test runs meanwhile.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public class MemoryTests
{
    private const int MostAttempts = 10, Stray = 64 << 10; // What earlier tests and the test host free or take meanwhile.

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TenThousandRunsTakeNoMemory(int threads)
    {
        const int WarmUp = 3000, Rounds = 20, RunsInRound = 500, LeastObject = 24, MostGrowth = 4 << 20;
        var session = IntegerSession.Create(Frozen(LeNet5.Create(1)), new SessionOptions { Threads = threads });
        byte[] image = new byte[session.InputShape.ElementCount];
        float[] output = new float[session.OutputShape.ElementCount];
        Repeat(WarmUp, session, image, output);
        Thread.Sleep(300); // What the JIT still compiles in the background.
        Repeat(WarmUp, session, image, output);

        long memory = WorkingSet(), leastOwn = long.MaxValue, leastOfAll = long.MaxValue, leastGrowth = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long own = GC.GetAllocatedBytesForCurrentThread(), all = GC.GetTotalAllocatedBytes(precise: true);
            Repeat(RunsInRound, session, image, output);
            leastOwn = Math.Min(leastOwn, GC.GetAllocatedBytesForCurrentThread() - own);
            leastOfAll = Math.Min(leastOfAll, GC.GetTotalAllocatedBytes(precise: true) - all);
            leastGrowth = round < Rounds / 2 ? leastGrowth : Math.Min(leastGrowth, WorkingSet() - memory);
        }

        // The runtime and the test host allocate now and then, but not in all rounds.
        Assert.InRange(leastOwn, 0, RunsInRound * LeastObject / 2);
        Assert.InRange(leastOfAll, 0, RunsInRound * LeastObject / 2); // The workers' too.
        Assert.InRange(leastGrowth, long.MinValue, MostGrowth); // 800 bytes lost in each run would be as much.
    }

    [Fact]
    public void TwoBitResNet18IsHeldInOneAndAHalfTimesItsTrueWidthAndItsActivations()
    {
        // The lookup of AVX2 takes a byte for two weights; the goal is that of a machine with AVX-512 VBMI.
        double mostTimesTrueWidth = KernelFactory.Resolve(KernelSet.Auto) == KernelSet.Avx512 && LookupFamily.IsSupported512 ? 1.5 : 2.15;
        var unused = IntegerSession.Create(Frozen(LeNet5.Create(1))); // What all sessions share.
        var seen = Measure();
        for (int attempt = 1; attempt < MostAttempts && (seen.Held < seen.Least || seen.Held > Most() || seen.More < -Stray); attempt++)
        {
            seen = Measure(); // Earlier tests gave memory back or took some meanwhile: their workers end late on a busy machine.
        }

        Assert.InRange(seen.WeightBytes, 11_000_000 * 2 / 8, 11_500_000 * 2 / 8);
        Assert.False(seen.KeepsGraph, "the session keeps the graph, and so the weights twice");
        Assert.InRange((double)seen.Packed / seen.WeightBytes, 0.9, mostTimesTrueWidth);
        Assert.InRange(seen.Held, seen.Least, Most());
        Assert.InRange(seen.More, -Stray, seen.Working + Stray);
        GC.KeepAlive(unused);

        long Most() => (long)(mostTimesTrueWidth * seen.WeightBytes) + seen.Working;
    }

    /// <summary>Memory of a session, and what a run and a clone add. In a method of its own, so that nothing of it is left for the next attempt.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (long Held, long Least, long More, long Packed, long Working, long WeightBytes, bool KeepsGraph) Measure()
    {
        long before = Heap();
        var (session, weightBytes, graph) = TwoBitResNet18();
        long held = Heap() - before, packed = session.Explain().Sum(l => l.WeightBytes);

        // A run needs no more, and a clone only its own working memory.
        session.Run(new byte[session.InputShape.ElementCount], new float[session.OutputShape.ElementCount]);
        var clone = session.Clone();
        long more = Heap() - before - held;
        GC.KeepAlive(session);
        GC.KeepAlive(clone);
        return (held, packed + session.WorkingBytes - Stray, more, packed, session.WorkingBytes, weightBytes, graph.IsAlive);
    }

    /// <summary>In a method of its own, so that no local keeps the graph.</summary>
    /// <returns>Also the bytes of the weights at their true width, with scales and biases.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (IntegerSession Session, long WeightBytes, WeakReference Graph) TwoBitResNet18()
    {
        var graph = Frozen(ResNet18.CreateCifar(1));
        return (IntegerSession.Create(graph), graph.Parameters.Values.Sum(p => p.ByteCount), new WeakReference(graph));
    }

    private static void Repeat(int count, IntegerSession session, byte[] image, float[] output)
    {
        for (int i = 0; i < count; i++)
        {
            session.Run(image, output);
        }
    }

    /// <summary>What is alive, once the sessions of earlier tests and their workers have gone.</summary>
    private static long Heap()
    {
        const int QuietAttempts = 3; // Workers that wait for a busy processor end late.
        long last = long.MaxValue;
        for (int attempt = 0, quiet = 0; attempt < 50 && quiet < QuietAttempts; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            long now = GC.GetTotalMemory(forceFullCollection: true);
            quiet = now >= last ? quiet + 1 : 0;
            last = now;
            Thread.Sleep(100);
        }

        return last;
    }

    private static long WorkingSet()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>Two bits for weights and activations, all grids per tensor; the image enters at 8 bits.</summary>
    private static Graph Frozen(Graph graph)
    {
        var marked = SpanInputGrid.Apply(InsertQuantizers.Apply(graph, n => n.Operator is Conv2d or Linear));
        var codes = marked.Parameters.Where(p => p.Value.Shape.Rank > 1).Select(p => KeyValuePair.Create(p.Key, (GraphTensor)Codes(p.Value.Shape)));
        marked = FoldBatchNorm.Apply(marked.WithParameters(codes.ToList()));
        return new Graph(marked.Name, marked.Nodes.Select(n => n.Operator is Quantize { Grid: null } ? n with { Operator = new Quantize(Grid.Uniform(2, 0.5f, 0)) } : n), marked.Parameters);
    }

    private static QuantizedTensor Codes(TensorShape shape) => QuantizedTensor.FromCodes(shape, Grid.Uniform(2, 0.1f, -0.15f), new int[shape.ElementCount]);
}
