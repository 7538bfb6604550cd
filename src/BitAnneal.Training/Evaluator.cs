using System.Diagnostics;
using System.Runtime.InteropServices;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace BitAnneal.Training;

/// <summary>Runs a module over images.</summary>
public static class Evaluator
{
    private const int BatchSize = 250, Five = 5;

    /// <summary>Top-1, top-5 and loss in evaluation mode. The module's mode is put back afterwards.</summary>
    /// <param name="module">The network.</param>
    /// <param name="images">The images, in order.</param>
    /// <param name="stop">Ends the evaluation early.</param>
    /// <exception cref="BitAnnealException">The images do not fit the network.</exception>
    public static Evaluation Run(GraphModule module, IImageSource images, CancellationToken stop = default)
    {
        TorchRuntime.Load();
        bool wasTraining = module.training;
        module.eval();
        var predictions = new int[images.Count];
        double loss = 0;
        int correct = 0, ofFive = 0;
        var clock = new Stopwatch();
        using (no_grad())
        {
            foreach (var batch in new BatchLoader(images, InputGrid(module.Graph, images), BatchSize).Read(0))
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                using (batch)
                {
                    var labels = tensor(batch.Labels, device: module.Device);
                    var pixels = ToTensor(batch, images.Shape, module.Device);
                    clock.Start();
                    var logits = module.call(pixels);
                    clock.Stop();
                    loss += nn.functional.cross_entropy(logits, labels).cpu().item<float>() * batch.Count;
                    float[] values = TensorMemory.ToFloats(logits);
                    int classes = values.Length / batch.Count;
                    for (int i = 0; i < batch.Count; i++)
                    {
                        var row = values.AsSpan(i * classes, classes);
                        int label = (int)batch.Labels[i];
                        predictions[batch.Index * BatchSize + i] = TensorPrimitives.IndexOfMax(row);
                        correct += predictions[batch.Index * BatchSize + i] == label ? 1 : 0;
                        ofFive += Rank(row, label) < Five ? 1 : 0;
                    }
                }
            }
        }

        module.train(wasTraining);
        return new Evaluation(correct, ofFive, loss / images.Count, ImmutableCollectionsMarshal.AsImmutableArray(predictions), clock.Elapsed.TotalMilliseconds / images.Count);
    }

    /// <summary>How many classes are likelier than one; of equal ones the first. NaN is never behind.</summary>
    private static int Rank(ReadOnlySpan<float> logits, int label)
    {
        int rank = 0;
        for (int c = 0; c < logits.Length; c++)
        {
            rank += c == label || logits[c] < logits[label] || (logits[c] == logits[label] && c > label) ? 0 : 1;
        }

        return rank;
    }

    /// <summary>What the bytes of the images mean to a network.</summary>
    /// <exception cref="BitAnnealException">The images do not fit the network.</exception>
    public static Grid InputGrid(Graph graph, IImageSource images)
    {
        if (!graph.InputShape.Equals(images.Shape))
        {
            throw new BitAnnealException($"{graph.Name} reads {graph.InputShape}, but the images are {images.Shape}");
        }

        if (graph.OutputShape.Rank != 1 || graph.OutputShape[0] < images.ClassCount)
        {
            throw new BitAnnealException($"{graph.Name} answers {graph.OutputShape}, but there are {images.ClassCount} classes");
        }

        return ((Input)graph.Input.Operator).Grid ?? throw new BitAnnealException($"{graph.Name} has no grid at its input; byte images need one");
    }

    /// <summary>N × C × H × W, channels innermost in memory.</summary>
    internal static unsafe Tensor ToTensor(Batch batch, TensorShape shape, Device device)
    {
        using var scope = NewDisposeScope();
        var memory = empty([batch.Count, shape[1], shape[2], shape[0]], dtype: ScalarType.Float32);
        batch.Pixels.CopyTo(new Span<float>(TensorMemory.Pointer(memory), batch.Pixels.Length));
        return memory.permute(0, 3, 1, 2).to(device).MoveToOuterDisposeScope();
    }
}
