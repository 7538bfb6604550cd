using System.Collections.Concurrent;
using BitAnneal.Graphs;
using BitAnneal.Runtime.Reference;

namespace BitAnneal.Runtime.Tests;

/// <summary>Eight threads at once: with a session each they all get the oracle's bits; in one session, those that do not get them are told.</summary>
public class SharedSessionTests
{
    private const int Threads = 8, Runs = 200, ImageBytes = 3 * 16 * 16, Outputs = 10;

    private readonly Graph graph = Network();
    private readonly byte[][] images = [.. Enumerable.Range(0, Threads).Select(Image)];
    private readonly float[][] expected;

    public SharedSessionTests() => expected = [.. images.Select(i => new ReferenceInterpreter(graph).Run(i))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void WithASessionEachAllAnswersAreRight(int workers)
    {
        var session = IntegerSession.Create(graph, new SessionOptions { Threads = workers });
        AtOnce(t =>
        {
            var own = session.Clone();
            float[] output = new float[Outputs];
            for (int run = 0; run < Runs; run++)
            {
                own.Run(images[t], output);
                Assert.Equal(expected[t], output);
            }
        });
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 4)] // Batches, on threads of their own.
    public void InOneSessionAnAnswerIsRightOrRefused(int workers, int count)
    {
        var session = IntegerSession.Create(graph, new SessionOptions { Threads = workers });
        int right = 0, refused = 0;
        AtOnce(t =>
        {
            byte[] batch = [.. Enumerable.Repeat(images[t], count).SelectMany(i => i)];
            float[] output = new float[count * Outputs], all = [.. Enumerable.Repeat(expected[t], count).SelectMany(o => o)];
            for (int run = 0; run < Runs; run++)
            {
                Array.Clear(output);
                try
                {
                    session.RunBatch(batch, output);
                    Assert.Equal(all, output);
                    Interlocked.Increment(ref right);
                }
                catch (InvalidOperationException e)
                {
                    Assert.Contains("one thread at a time", e.Message, StringComparison.Ordinal);
                    Interlocked.Increment(ref refused);
                }
            }
        });
        Assert.Equal(Threads * Runs, right + refused);
        Assert.True(right > 0);
    }

    [Fact]
    public void WhileOneThreadIsInsideTheOthersAreRefused()
    {
        var session = IntegerSession.Create(graph);
        using var stop = new CancellationTokenSource();
        var inside = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    session.Profile(images[0].AsSpan(), 50);
                }
                catch (InvalidOperationException)
                {
                    // This time the other one was inside.
                }
            }
        });
        inside.Start();
        float[] output = new float[Outputs];
        var limit = System.Diagnostics.Stopwatch.StartNew();
        bool isRefused = false;
        while (!isRefused && limit.Elapsed < TimeSpan.FromSeconds(10))
        {
            try
            {
                session.Run(images[1], output);
                Assert.Equal(expected[1], output);
            }
            catch (InvalidOperationException)
            {
                isRefused = true;
            }
        }

        stop.Cancel();
        inside.Join();
        Assert.True(isRefused);
        session.Run(images[1], output); // Afterwards it serves whoever comes.
        Assert.Equal(expected[1], output);
    }

    private static void AtOnce(Action<int> work)
    {
        var failures = new ConcurrentQueue<Exception>();
        using var start = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                work(t);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Empty(failures);
    }

    private static byte[] Image(int seed)
    {
        byte[] image = new byte[ImageBytes];
        new Random(seed).NextBytes(image);
        return image;
    }

    private static Graph Network()
    {
        var graph = new GraphBuilder("shared").Input(new TensorShape(3, 16, 16), Grid.Uniform(8, 0.02f, -2)).Conv2d("first", 16, 3, padding: 1).Relu().Quantize(Grid.Uniform(2, 0.5f, 0))
            .Conv2d("second", 40, 3, stride: 2, padding: 1).Relu().Quantize(Grid.Uniform(2, 0.5f, 0)).MaxPool(2).GlobalAveragePool().Flatten().Linear("head", Outputs).Build(1);
        return graph.WithParameters(graph.Parameters.Where(p => p.Value.Shape.Rank > 1).Select(p => KeyValuePair.Create(p.Key, (GraphTensor)Codes(p.Value.Shape))));
    }

    private static QuantizedTensor Codes(TensorShape shape)
    {
        var random = new Random(3);
        return QuantizedTensor.FromCodes(shape, Grid.Uniform(2, 0.1f, -0.15f), [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => random.Next(4))]);
    }
}
