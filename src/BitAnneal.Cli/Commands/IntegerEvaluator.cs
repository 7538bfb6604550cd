using System.Diagnostics;
using System.Runtime.ExceptionServices;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands;

/// <summary>Runs a frozen network over images with the integer engine.</summary>
internal static class IntegerEvaluator
{
    private const int WarmUp = 50, BlockBytes = 1 << 26, BlockImages = 1000;

    /// <summary>
    /// Answers and time. Images are read in blocks of at most 1000 and 64 MiB, and their reading is not timed. The session's warnings go to standard error.
    /// </summary>
    /// <exception cref="BitAnnealException">The images do not fit the network, or one cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was stopped.</exception>
    public static (int[] Predictions, int Correct, double MillisecondsPerImage) Run(Graph graph, IImageSource images, int threads, CancellationToken stop)
    {
        Check(graph, images);
        var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
        foreach (string warning in session.Warnings)
        {
            Terminal.WriteWarning(warning);
        }

        int classes = (int)graph.OutputShape.ElementCount, size = (int)images.Shape.ElementCount;
        int block = Math.Clamp(BlockBytes / size, 1, Math.Min(BlockImages, images.Count));
        byte[] pixels = new byte[block * size];
        float[] logits = new float[block * classes];
        int[] predictions = new int[images.Count];
        int correct = 0;
        var clock = new Stopwatch();
        for (int first = 0; first < images.Count; first += block)
        {
            stop.ThrowIfCancellationRequested();
            int count = Math.Min(block, images.Count - first);
            Read(images, first, count, pixels, threads);
            if (first == 0)
            {
                int some = Math.Min(WarmUp, count); // Warm the code.
                session.RunBatch(pixels.AsMemory(0, some * size), logits.AsMemory(0, some * classes));
            }

            clock.Start();
            session.RunBatch(pixels.AsMemory(0, count * size), logits.AsMemory(0, count * classes));
            clock.Stop();
            for (int i = 0; i < count; i++)
            {
                int best = Largest(logits.AsSpan(i * classes, classes));
                predictions[first + i] = best;
                correct += best == images.Label(first + i) ? 1 : 0;
            }
        }

        return (predictions, correct, clock.Elapsed.TotalMilliseconds / images.Count);
    }

    /// <summary>Refuses images that do not fit a network.</summary>
    /// <exception cref="BitAnnealException">They do not.</exception>
    public static void Check(Graph graph, IImageSource images)
    {
        if (!graph.InputShape.Equals(images.Shape) || graph.OutputShape.Rank != 1)
        {
            throw new BitAnnealException($"{graph.Name} reads {graph.InputShape} and answers {graph.OutputShape}, but the images are {images.Shape}; choose another --data");
        }

        if (graph.OutputShape.ElementCount < images.ClassCount)
        {
            throw new BitAnnealException($"{graph.Name} tells {graph.OutputShape.ElementCount} classes apart, but the images have {images.ClassCount}; choose another --data");
        }

        if (graph.Input.Operator is not Input { Grid: not null })
        {
            throw new BitAnnealException($"{graph.Name} takes floats, but the images are bytes; its input needs a grid that says what a byte means");
        }
    }

    private static void Read(IImageSource images, int first, int count, byte[] pixels, int threads)
    {
        int size = (int)images.Shape.ElementCount;
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => images.Image(first + i).CopyTo(pixels.AsSpan(i * size, size)));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static int Largest(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int c = 1; c < row.Length; c++)
        {
            best = row[c] > row[best] ? c : best;
        }

        return best;
    }
}
