using BitAnneal.Data;
using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training;

/// <summary>Estimates the running statistics of batch normalisation anew, for the network as it will be frozen.</summary>
public static class BatchNormEstimation
{
    /// <summary>Replaces the statistics by their mean over some batches, with every quantizer collapsed to Q₁.</summary>
    /// <param name="module">The network.</param>
    /// <param name="loader">Where the batches come from.</param>
    /// <param name="shape">C × H × W of an image.</param>
    /// <param name="batches">How many batches to use, at most one epoch.</param>
    public static void Run(GraphModule module, BatchLoader loader, TensorShape shape, int batches)
    {
        bool wasCollapsed = module.Collapsed, wasTraining = module.training;
        module.Collapsed = true;
        module.train();
        int done = 0;
        using (no_grad())
        {
            foreach (var batch in loader.Read(epoch: int.MaxValue))
            {
                using (batch)
                {
                    using var scope = NewDisposeScope();
                    module.BatchNormMomentum = 1.0 / ++done; // The first batch replaces what was there; then a plain mean.
                    module.call(Evaluator.ToTensor(batch, shape, module.Device));
                }

                if (done == batches)
                {
                    break;
                }
            }
        }

        module.BatchNormMomentum = null;
        module.Collapsed = wasCollapsed;
        module.train(wasTraining);
    }
}
