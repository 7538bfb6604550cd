using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Training.Native;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods.Dqa.Figures;

/// <summary>
/// The mean cross-entropy of a network over fixed images at θ + x·d₁ + y·d₂ (Figure 4 of arXiv 2103.13322, after Li et al., arXiv 1712.09913).
/// Quantizers see the moved latent weights, with their ranges computed anew; batch normalisation uses the statistics of each batch.
/// </summary>
public sealed class LossSurface : IDisposable
{
    private const int LargestBatch = 250;

    private readonly List<(Tensor Pixels, Tensor Labels)> batches = [];

    /// <summary>Loads the images.</summary>
    /// <param name="images">All of them are used, in batches of at most 250 and of about equal size.</param>
    /// <param name="graph">A network of the kind that will be looked at.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="BitAnnealException">The images do not fit the network.</exception>
    public LossSurface(IImageSource images, Graph graph, Device device)
    {
        TorchRuntime.Load();
        int count = (images.Count + LargestBatch - 1) / LargestBatch;
        foreach (var batch in new BatchLoader(images, Evaluator.InputGrid(graph, images), (images.Count + count - 1) / count).Read(0))
        {
            using (batch)
            {
                using var scope = NewDisposeScope();
                batches.Add((Evaluator.ToTensor(batch, images.Shape, device).DetachFromDisposeScope(), tensor(batch.Labels, device: device).DetachFromDisposeScope()));
            }
        }
    }

    /// <summary>Positions of the grid in one direction: evenly from −1 to 1.</summary>
    /// <param name="points">How many, at least 2.</param>
    public static double[] Positions(int points) => [.. Enumerable.Range(0, points).Select(i => -1 + (2.0 * i / (points - 1)))];

    /// <summary>The surface. The module's weights are put back afterwards.</summary>
    /// <param name="module">θ, and the quantizers of the variant, prepared for a step.</param>
    /// <param name="x">d₁.</param>
    /// <param name="y">d₂, of the same tensors.</param>
    /// <param name="points">Points in each direction.</param>
    /// <param name="done">Told after every point.</param>
    /// <param name="stop">Ends the work early.</param>
    /// <returns>Losses in nats by row (y) and column (x).</returns>
    public double[,] Of(
        GraphModule module, IReadOnlyList<(string Name, FloatTensor Value)> x, IReadOnlyList<(string Name, FloatTensor Value)> y, int points,
        Action? done = null, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        bool wasTraining = module.training;
        var moved = x.Zip(y, (dx, dy) =>
        {
            var latent = module.Latent(dx.Name);
            return (Latent: latent, Start: latent.detach().clone(), X: ToTensor(dx.Value, module.Device), Y: ToTensor(dy.Value, module.Device));
        }).ToArray();
        double[] positions = Positions(points);
        double[,] losses = new double[points, points];
        module.train();
        try
        {
            for (int row = 0; row < points; row++)
            {
                for (int column = 0; column < points; column++)
                {
                    stop.ThrowIfCancellationRequested();
                    foreach (var (latent, start, dx, dy) in moved)
                    {
                        latent.copy_(start).PlusInPlace(dx, positions[column]).PlusInPlace(dy, positions[row]);
                    }

                    losses[row, column] = Loss(module);
                    done?.Invoke();
                }
            }
        }
        finally
        {
            foreach (var (latent, start, _, _) in moved)
            {
                latent.copy_(start);
            }

            module.train(wasTraining);
        }

        return losses;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (pixels, labels) in batches)
        {
            pixels.Dispose();
            labels.Dispose();
        }
    }

    private double Loss(GraphModule module)
    {
        using var scope = NewDisposeScope();
        double sum = 0, images = 0;
        foreach (var (pixels, labels) in batches)
        {
            sum += nn.functional.cross_entropy(module.call(pixels), labels).cpu().item<float>() * pixels.shape[0];
            images += pixels.shape[0];
        }

        return sum / images;
    }

    private static Tensor ToTensor(FloatTensor value, Device device) => TensorMemory.FromFloats(value.Values, value.Shape, device);
}
