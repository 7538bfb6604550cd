using System.Diagnostics;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Training.Losses;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Native;
using BitAnneal.Training.Optimizers;
using BitAnneal.Training.Runs;
using BitAnneal.Training.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace BitAnneal.Training;

/// <summary>The training loop. It knows data, optimiser, checkpoints and metrics; what makes a network low-bit is the method's affair.</summary>
/// <param name="options">How to train.</param>
/// <param name="data">Images.</param>
/// <param name="logger">Where to tell what happens; null for nowhere.</param>
/// <param name="progress">Told after every step; null for nobody.</param>
public sealed class Trainer(TrainingOptions options, ImageDataset data, ILogger? logger = null, IProgress<TrainingProgress>? progress = null)
{
    private readonly TrainingOptions options = options;
    private readonly ImageDataset data = data;
    private readonly ILogger logger = logger ?? NullLogger.Instance;
    private readonly IProgress<TrainingProgress>? progress = progress;

    /// <summary>Trains a network.</summary>
    /// <param name="graph">The float network with its initial parameters.</param>
    /// <param name="method">What bends the training.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="run">Where metrics and checkpoints go; null keeps nothing.</param>
    /// <param name="resume">Go on from the checkpoint of the run, if there is one.</param>
    /// <param name="teacher">A float network to learn from where the options ask for distillation; null for none.</param>
    /// <param name="stop">Ends the training after the current step; a checkpoint is written first.</param>
    /// <returns>The trained module in evaluation mode. The caller disposes of it.</returns>
    /// <exception cref="BitAnnealException">Bad options, images that do not fit, a diverged training, or a disk that cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public GraphModule Train(
        Graph graph, IMethod method, Device device, RunFolder? run = null, bool resume = false, Graph? teacher = null, CancellationToken stop = default)
    {
        TorchRuntime.Load();
        string[] faults = [.. options.Faults(graph), .. options.Distillation is not null && teacher is null ? ["distillation needs a teacher"] : Array.Empty<string>()];
        if (faults.Length > 0)
        {
            throw new BitAnnealException(string.Join("; ", faults));
        }

        var loader = new BatchLoader(data.Train, Evaluator.InputGrid(graph, data.Train), options.BatchSize, options.Augmentation, options.Seed);
        using var guide = options.Distillation is null ? null : new GraphModule(teacher!, [], device);
        guide?.eval();
        var module = method.Prepare(graph, device);
        try
        {
            module.ComputeType = options.ComputeType;
            using var optimizer = new SgdOptimizer(module.Trainables, options.Momentum, options.WeightDecay, options.ClipDecay);
            using var average = options.AverageDecay > 0 ? new WeightAverage(module, options.AverageDecay) : null;
            var identity = InvariantCulture.Of(() => new Dictionary<string, string>
            {
                ["network"] = graph.Name,
                ["method"] = method.Fingerprint,
                ["batches"] = $"{loader.BatchCount}",
                ["options"] = $"{options with { CheckpointMinutes = 0 }}", // When it is saved changes nothing of a run.
                ["data"] = run is null ? "" : RunIdentity.Of(data),
            });
            long total = (long)options.Epochs * ((loader.BatchCount + options.BatchesPerStep - 1) / options.BatchesPerStep);
            long done = 0;
            if (resume && run is { HasCheckpoint: true })
            {
                var (content, file) = ReadCheckpoint(run);
                done = Checkpoint.Load(content, file, module, optimizer, average, total, identity);
            }

            using var metrics = run is null ? null : new MetricsWriter(run.Metrics, done);
            Action<long>? save = run is null ? null
                : step => Checkpoint.Save(run.Checkpoint, run.PreviousCheckpoint, module, optimizer, average, step, identity);
            new Loop(this, module, method, new TrainingLoss(options, guide), optimizer, average, loader, metrics, save).Run(done, stop);
            average?.Exchange();
            if (options.BatchNormBatches > 0)
            {
                BatchNormEstimation.Run(module, loader, data.Train.Shape, options.BatchNormBatches);
            }

            module.eval();
            return module;
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>The newest checkpoint that is whole.</summary>
    private (SafetensorsContent Content, string Path) ReadCheckpoint(RunFolder run)
    {
        try
        {
            return (Checkpoint.Read(run.Checkpoint), run.Checkpoint);
        }
        catch (BitAnnealException e) when (File.Exists(run.PreviousCheckpoint))
        {
            logger.LogWarning("{Fault}; going on from '{Previous}'", e.Message, run.PreviousCheckpoint);
            return (Checkpoint.Read(run.PreviousCheckpoint), run.PreviousCheckpoint);
        }
    }

    private sealed class Loop(
        Trainer trainer, GraphModule module, IMethod method, TrainingLoss taskLoss, SgdOptimizer optimizer, WeightAverage? average, BatchLoader loader,
        MetricsWriter? metrics, Action<long>? save)
    {
        private readonly TrainingOptions options = trainer.options;
        private readonly Stopwatch sinceSaved = Stopwatch.StartNew();
        private double top1 = double.NaN;

        public void Run(long done, CancellationToken stop)
        {
            int perEpoch = (loader.BatchCount + options.BatchesPerStep - 1) / options.BatchesPerStep;
            long total = (long)options.Epochs * perEpoch;
            for (int epoch = (int)(done / perEpoch); epoch < options.Epochs; epoch++)
            {
                module.train();
                int first = (int)(done % perEpoch) * options.BatchesPerStep;
                foreach (var batches in loader.Read(epoch, first).Chunk(options.BatchesPerStep))
                {
                    double loss = Step(batches, new StepPosition(++done, total, epoch, options.Epochs));
                    if (done % perEpoch == 0)
                    {
                        EndEpoch(epoch, done); // A stop waits for it: the checkpoint stands for the whole epoch.
                    }

                    trainer.progress?.Report(new TrainingProgress(done, total, loss, top1));
                    if (stop.IsCancellationRequested && done % perEpoch != 0)
                    {
                        Save(done);
                        throw new OperationCanceledException(stop);
                    }

                    if (options.CheckpointMinutes > 0 && sinceSaved.Elapsed.TotalMinutes >= options.CheckpointMinutes && done % perEpoch != 0)
                    {
                        Save(done);
                    }
                }

                if (done < total)
                {
                    stop.ThrowIfCancellationRequested();
                }
            }

            method.Finish(new StepPosition(total, total, options.Epochs - 1, options.Epochs));
        }

        private double Step(Batch[] batches, StepPosition position)
        {
            double rate = options.LearningRate.At(position.Step, position.TotalSteps), images = batches.Sum(b => b.Count), loss = 0, penalty = 0;
            method.BeforeStep(position);
            foreach (var batch in batches)
            {
                using (batch)
                {
                    double share = batch.Count / images;
                    var (task, extra) = Backward(batch, (long)position.Epoch * loader.BatchCount + batch.Index, share);
                    loss += share * task;
                    penalty += share * extra;
                }
            }

            optimizer.Step(rate, options.GradientLimit);
            average?.Update();
            method.AfterStep(position);
            if (!double.IsFinite(loss))
            {
                throw new BitAnnealException($"the training diverged at step {position.Step} (loss {loss}); lower the learning rate");
            }

            if (metrics is not null && (position.Step % options.LogEvery == 0 || position.Step == position.TotalSteps))
            {
                metrics.Write(position.Step, [new("loss", loss), new("penalty", penalty), new("learningRate", rate), .. method.Metrics()]);
            }

            return loss;
        }

        /// <summary>Adds the gradients of one batch.</summary>
        /// <returns>Task loss, and penalty (NaN for none).</returns>
        private (double Loss, double Penalty) Backward(Batch batch, long number, double share)
        {
            using var scope = NewDisposeScope();
            var loss = taskLoss.Of(module, Evaluator.ToTensor(batch, trainer.data.Train.Shape, module.Device), batch, number);
            var penalty = method.Penalty();
            var sum = penalty is null ? loss : loss.Plus(penalty);
            (share == 1 ? sum : sum.Times(share)).backward();
            return (loss.cpu().item<float>(), penalty is null ? double.NaN : penalty.cpu().item<float>());
        }

        /// <summary>Never stopped half-way: the checkpoint behind it stands for a whole epoch, its evaluation included.</summary>
        private void EndEpoch(int epoch, long done)
        {
            if ((epoch + 1) % options.EvaluateEvery == 0 || epoch + 1 == options.Epochs)
            {
                average?.Exchange();
                var evaluation = Evaluator.Run(module, trainer.data.Test);
                average?.Exchange();
                top1 = evaluation.Top1;
                metrics?.Write(done, [new("epoch", epoch + 1), new("test.top1", top1), new("test.loss", evaluation.Loss)]);
                trainer.logger.LogInformation("{Method} epoch {Epoch}/{Epochs}: top-1 {Top1:P2}, loss {Loss:F4}", method.Name, epoch + 1, options.Epochs, top1, evaluation.Loss);
            }

            Save(done);
        }

        private void Save(long done)
        {
            save?.Invoke(done);
            sinceSaved.Restart();
        }
    }
}
