using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime.Kernels;
using BitAnneal.Runtime.Planning;
using BitAnneal.Runtime.Steps;
using BitAnneal.Tests;

namespace BitAnneal.Runtime.Tests;

/// <summary>Steps that are cut into chunks write the same bits, whatever the number of chunks, their order and the thread.</summary>
public unsafe class ChunkTests
{
    /// <summary>Every step of random networks, whole and in chunks from the last to the first, on two working memories.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void GiveTheBitsOfTheWholeStepInAnyOrder(int chunks)
    {
        for (ulong seed = 1; seed <= 150; seed++)
        {
            var graph = RandomGraphs.Create(seed);
            var plan = SessionPlanner.Plan(graph, KernelSet.Auto);
            PinnedBytes whole = new((int)plan.ArenaBytes), cut = new((int)plan.ArenaBytes), scratch = new((int)plan.ScratchBytes);
            Fill(plan.Input, whole.Start, seed);
            Fill(plan.Input, cut.Start, seed);
            foreach (var step in plan.Steps)
            {
                step.Run(whole.Start);
                int count = step is SharedStep or IntegerConvolution or RealConvolution ? chunks : step.Chunks(chunks);
                for (int chunk = count - 1; chunk >= 0; chunk--)
                {
                    step.RunChunk(cut.Start, scratch.Start, chunk, count);
                }

                foreach (var slot in step.AllWrites.Where(s => s is not PackedSlot))
                {
                    Assert.True(Content(slot, whole.Start).SequenceEqual(Content(slot, cut.Start)), $"seed {seed}, {step.Node}: {step.Description}");
                }
            }

            GC.KeepAlive((whole, cut, scratch));
        }
    }

    [Fact]
    public void LargeStepsAreCutAndSmallOnesAreNot()
    {
        var large = SessionPlanner.Plan(AllSteps(48), KernelSet.Auto).Steps;
        var whole = large.Where(s => s.Chunks(2) == 1).Select(s => s.GetType().Name).Distinct();
        Assert.Empty(whole.Except([nameof(Place), nameof(AddReals), nameof(Rectify), nameof(Repack), nameof(SpreadImage), nameof(PackImage), nameof(FlattenImage), nameof(RealConvolution)])); // The last is the head.
        Assert.Equal(1, large.Count(s => s is RealConvolution && s.Chunks(2) == 1));
        Assert.All(large, s => Assert.InRange(s.Chunks(2), 1, 4));
        var small = SessionPlanner.Plan(AllSteps(4), KernelSet.Auto).Steps.Where(s => s is SharedStep or RealConvolution);
        Assert.All(small, s => Assert.Equal(1, s.Chunks(8)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void ASessionOfSeveralThreadsGivesTheSameBitsAndAllocatesNothing(int threads)
    {
        var graph = AllSteps(48);
        byte[] image = RandomGraphs.Bytes(graph, 1);
        float[] expected = new float[graph.OutputShape.ElementCount], actual = new float[expected.Length];
        IntegerSession.Create(graph).Run(image, expected);
        var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
        session.Run(image, actual);
        long least = AllocatedBytes.Least(() =>
        {
            Array.Clear(actual);
            session.Run(image, actual);
            Assert.True(expected.AsSpan().SequenceEqual(actual));
        });
        Assert.InRange(least, 0, AllocatedBytes.OfAnObjectPerCall - 1); // Threads that wait for each other may allocate in every round.
    }

    /// <summary>One of every kind of step.</summary>
    private static Graph AllSteps(int size)
    {
        var (image, perChannel) = (new Grid(0, 255, [0.01f, 0.02f, 0.03f], [-1, -2, -1.5f]), Grids(12));
        var builder = new GraphBuilder("steps").Input(new TensorShape(3, size, size), image).Conv2d("reals", 12, 3, padding: 1).BatchNorm("norm").Relu6("relu6");
        string shortcut = builder.Current;
        builder.Conv2d("depthwise-reals", 12, 3, padding: 1, groups: 12).Add(shortcut, "add").Relu("relu").Quantize(perChannel, "per-channel").Quantize(Grid.Uniform(4, 0.3f, 0), "codes-to-codes")
            .MaxPool(2, 1, node: "max-codes").Conv2d("grouped", 36, 3, padding: 1, groups: 2).AveragePool(2, 1, node: "average").Quantize(Grid.Uniform(2, 0.5f, 0), "codes")
            .Conv2d("depthwise", 36, 3, padding: 1, groups: 36).MaxPool(2, 1, node: "max-reals").Pad(new Pad { ChannelsAfter = 4, Before = 1 }, "pad").Quantize(Grid.Uniform(3, 0.2f, 0), "three-bits");
        string codes = builder.Current;
        builder.Conv2d("packed", 40, 1).Concat([codes], "concat").StridedSlice(new Extent(1, 2), "slice").GlobalAveragePool("mean").Flatten().Linear("head", 10);
        var graph = builder.Build(1);
        var random = new Random(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Value.Shape.Rank == 4).Select(p => KeyValuePair.Create(p.Key, (GraphTensor)QuantizedTensor.FromCodes(
            p.Value.Shape, Grid.Uniform(2, 0.1f, -0.15f), [.. Enumerable.Range(0, (int)p.Value.Shape.ElementCount).Select(_ => random.Next(4))]))));
    }

    private static Grid Grids(int channels) => new(0, 255, [.. Enumerable.Range(1, channels).Select(c => 0.01f * c)], new float[channels]);

    private static void Fill(Slot slot, byte* arena, ulong seed)
    {
        var random = new Random((int)seed);
        for (int pixel = 0; pixel < slot.Pixels; pixel++)
        {
            for (int c = 0; c < slot.Channels; c++)
            {
                int place = pixel * slot.PixelStride + c;
                if (slot.IsCodes)
                {
                    slot.Codes(arena)[place] = (short)random.Next(256);
                }
                else
                {
                    slot.Reals(arena)[place] = random.NextSingle() * 4 - 2;
                }
            }
        }
    }

    private static byte[] Content(Slot slot, byte* arena)
    {
        int size = slot.IsCodes ? sizeof(short) : sizeof(float);
        return [.. Enumerable.Range(0, slot.Pixels).SelectMany(i => new Span<byte>(arena + slot.Offset + (nint)i * slot.PixelStride * size, slot.Channels * size).ToArray())];
    }
}
