using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Training.Tensors;
using static TorchSharp.torch;

namespace BitAnneal.Training.Losses;

/// <summary>The task loss of a batch: cross-entropy, with label smoothing, mixup and a teacher where the options ask for them.</summary>
/// <param name="options">How to train.</param>
/// <param name="teacher">A float network in evaluation mode; null for none.</param>
internal sealed class TrainingLoss(TrainingOptions options, GraphModule? teacher)
{
    private const ulong MixupStream = 0x6d69787570;

    /// <summary>The loss, a scalar connected to the module's parameters.</summary>
    /// <param name="module">The network.</param>
    /// <param name="pixels">N × C × H × W.</param>
    /// <param name="batch">Its labels.</param>
    /// <param name="number">Number of the batch in the training: the seed of what is random.</param>
    public Tensor Of(GraphModule module, Tensor pixels, Batch batch, long number)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(batch.Labels, device: module.Device);
        Tensor loss, logits;
        if (options.Mixup == 0)
        {
            logits = module.call(pixels);
            loss = CrossEntropy(logits, labels);
        }
        else
        {
            // x = s·x_i + (1 − s)·x_j, and the same mean of both losses; s from Beta(α, α) (Zhang et al., arXiv 1710.09412).
            var random = SeededRandom.ForStream(options.Seed ^ MixupStream, (ulong)number);
            double share = random.NextBeta(options.Mixup);
            long[] order = [.. Enumerable.Range(0, batch.Count).Select(i => (long)i)];
            random.Shuffle<long>(order);
            var other = tensor(order, device: module.Device);
            pixels = pixels.Times(share).Plus(pixels.index_select(0, other), 1 - share);
            logits = module.call(pixels);
            loss = CrossEntropy(logits, labels).Times(share).Plus(CrossEntropy(logits, labels.index_select(0, other)), 1 - share);
        }

        if (teacher is not null && options.Distillation is { } distillation)
        {
            loss = loss.Times(1 - distillation.Weight).Plus(Divergence(logits, pixels, distillation.Temperature), distillation.Weight);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>(1 − ε)·(−log p_y) + ε·mean over the classes of −log p (Szegedy et al., arXiv 1512.00567).</summary>
    private Tensor CrossEntropy(Tensor logits, Tensor labels)
    {
        var loss = nn.functional.cross_entropy(logits, labels);
        return options.LabelSmoothing == 0
            ? loss
            : loss.Times(1 - options.LabelSmoothing).Plus(logits.log_softmax(1).mean(), -options.LabelSmoothing);
    }

    /// <summary>T²·KL(teacher ‖ network) of answers softened by T, mean over the batch.</summary>
    private Tensor Divergence(Tensor logits, Tensor pixels, double temperature)
    {
        Tensor expected;
        using (no_grad())
        {
            expected = teacher!.call(pixels).Times(1 / temperature).log_softmax(1);
        }

        var actual = logits.Times(1 / temperature).log_softmax(1);
        return expected.exp().mul(expected.Plus(actual, -1)).sum(1).mean().Times(temperature * temperature);
    }
}
