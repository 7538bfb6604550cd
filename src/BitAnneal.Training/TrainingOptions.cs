using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Operators;
using BitAnneal.Training.Losses;
using BitAnneal.Training.Schedules;

namespace BitAnneal.Training;

/// <summary>How a network is trained, whatever the method.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training images.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Learning rate by step.</summary>
    public Schedule LearningRate { get; init; } = new CosineSchedule(0.1);

    /// <summary>Momentum of SGD.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Decay of weights; biases, batch normalisation and attention are never decayed.</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>Decay of PACT clip values: 2·λ_α with the λ_α = 2e-4 of the PACT code.</summary>
    public double ClipDecay { get; init; } = 4e-4;

    /// <summary>Seed of initial parameters, order and augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Random changes of training images.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.Cifar;

    /// <summary>Steps between two lines of metrics.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Epochs between two evaluations on the test images; the last epoch is always evaluated.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>Minutes after which a checkpoint is written within an epoch as well; 0 for ends of epochs only.</summary>
    public double CheckpointMinutes { get; init; } = 5;

    /// <summary>Batches with which batch normalisation is estimated anew on the collapsed network before the freeze; 0 for none.</summary>
    public int BatchNormBatches { get; init; }

    /// <summary>ε of label smoothing, in [0, 1); 0 for none.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>α of mixup: shares of two images come from Beta(α, α); 0 for none.</summary>
    public double Mixup { get; init; }

    /// <summary>Learning from a float network as well; null for none. The teacher is given to the trainer.</summary>
    public Distillation? Distillation { get; init; }

    /// <summary>Decay of an exponential moving average of the weights, which is what is judged and frozen; 0 for none.</summary>
    public double AverageDecay { get; init; }

    /// <summary>Largest Euclidean norm of all gradients together, beyond which they are scaled down; 0 for no limit.</summary>
    public double GradientLimit { get; init; }

    /// <summary>Batches whose gradients are added up to one step.</summary>
    public int BatchesPerStep { get; init; } = 1;

    /// <summary>Number format of convolutions and linear layers while training.</summary>
    public ComputeType ComputeType { get; init; } = ComputeType.Full;

    /// <summary>Every fault that training a certain network would have, as text.</summary>
    public IEnumerable<string> Faults(Graph graph) => BatchSize == 1 && graph.Nodes.Any(n => n.Operator is BatchNorm)
        ? Faults().Append($"batch size {BatchSize} must be at least 2: the batch normalisation of {graph.Name} needs that")
        : Faults();

    /// <summary>Every fault, as text; empty when the options are sound.</summary>
    public IEnumerable<string> Faults()
    {
        if (Epochs < 1)
        {
            yield return $"epochs {Epochs} must be at least 1";
        }

        if (BatchSize < 1)
        {
            yield return $"batch size {BatchSize} must be at least 1";
        }

        if (!(CheckpointMinutes >= 0 && double.IsFinite(CheckpointMinutes)))
        {
            yield return $"minutes between two checkpoints: {CheckpointMinutes} must not be negative";
        }

        if (Momentum is not (>= 0 and < 1))
        {
            yield return $"momentum {Momentum} is outside [0, 1)";
        }

        foreach (var (name, decay) in ((string, double)[])[("weight decay", WeightDecay), ("clip decay", ClipDecay)])
        {
            if (!(decay >= 0 && double.IsFinite(decay)))
            {
                yield return $"{name} {decay} must not be negative";
            }
        }

        foreach (var (name, interval) in ((string, int)[])[("steps between two log lines", LogEvery), ("epochs between two evaluations", EvaluateEvery)])
        {
            if (interval < 1)
            {
                yield return $"{name}: {interval} must be at least 1";
            }
        }

        foreach (var (name, share) in ((string, double)[])[("label smoothing", LabelSmoothing), ("average decay", AverageDecay)])
        {
            if (share is not (>= 0 and < 1))
            {
                yield return $"{name} {share} is outside [0, 1)";
            }
        }

        foreach (var (name, value) in ((string, double)[])[("mixup", Mixup), ("gradient limit", GradientLimit)])
        {
            if (!(value >= 0 && double.IsFinite(value)))
            {
                yield return $"{name} {value} must not be negative";
            }
        }

        if (Distillation is { } d && (d.Weight is not (> 0 and <= 1) || !(d.Temperature > 0 && double.IsFinite(d.Temperature))))
        {
            yield return $"distillation weight {d.Weight} is outside (0, 1], or its temperature {d.Temperature} is not positive";
        }

        if (BatchesPerStep < 1)
        {
            yield return $"batches per step {BatchesPerStep} must be at least 1";
        }

        if (BatchNormBatches < 0)
        {
            yield return $"batch norm batches {BatchNormBatches} must not be negative";
        }
    }
}
