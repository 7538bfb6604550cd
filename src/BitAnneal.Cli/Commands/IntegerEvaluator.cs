using System.Diagnostics;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Runtime;

namespace BitAnneal.Cli.Commands;

/// <summary>Runs a frozen network over images with the integer engine.</summary>
internal static class IntegerEvaluator
{
    /// <summary>Answers and time.</summary>
    /// <exception cref="BitAnnealException">The images do not fit the network.</exception>
    public static (int[] Predictions, int Correct, double MillisecondsPerImage) Run(Graph graph, ImageSet images, int threads)
    {
        if (!graph.InputShape.Equals(images.Shape) || graph.OutputShape.Rank != 1)
        {
            throw new BitAnnealException($"{graph.Name} reads {graph.InputShape} and answers {graph.OutputShape}, but the images are {images.Shape}; choose another --data");
        }

        var session = IntegerSession.Create(graph, new SessionOptions { Threads = threads });
        int classes = (int)graph.OutputShape.ElementCount;
        float[] logits = new float[images.Count * classes];
        session.RunBatch(images.Pixels[..(int)Math.Min(images.Pixels.Length, 50 * images.Shape.ElementCount)], logits.AsMemory(0, Math.Min(50, images.Count) * classes)); // Warm the code.
        var clock = Stopwatch.StartNew();
        session.RunBatch(images.Pixels, logits);
        double milliseconds = clock.Elapsed.TotalMilliseconds / images.Count;
        int[] predictions = new int[images.Count];
        int correct = 0;
        for (int i = 0; i < images.Count; i++)
        {
            var row = logits.AsSpan(i * classes, classes);
            for (int c = 1; c < classes; c++)
            {
                predictions[i] = row[c] > row[predictions[i]] ? c : predictions[i];
            }

            correct += predictions[i] == images.Labels.Span[i] ? 1 : 0;
        }

        return (predictions, correct, milliseconds);
    }
}
