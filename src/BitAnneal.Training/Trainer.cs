using BitAnneal.Data;
using BitAnneal.Graphs;
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
    /// <param name="stop">Ends the training after the current step; a checkpoint is written first.</param>
    /// <returns>The trained module in evaluation mode. The caller disposes of it.</returns>
    /// <exception cref="BitAnnealException">Bad options, images that do not fit, a diverged training, or a disk that cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The training was stopped.</exception>
    public GraphModule Train(Graph graph, IMethod method, Device device, RunFolder? run = null, bool resume = false, CancellationToken stop = default)
    {
        TorchRuntime.Load();
        string[] faults = [.. options.Faults()];
        if (faults.Length > 0)
        {
            throw new BitAnnealException(string.Join("; ", faults));
        }

        var grid = Evaluator.InputGrid(graph, data.Train);
        var loader = new BatchLoader(data.Train, grid, options.BatchSize, options.Augmentation, options.Seed);
        var module = method.Prepare(graph, device);
        try
        {
            using var optimizer = new SgdOptimizer(module.Trainables, options.Momentum, options.WeightDecay, options.ClipDecay);
            string fingerprint = $"{graph.Name} {method.Name} {loader.BatchCount} {options}";
            long done = resume && run is not null && File.Exists(run.Checkpoint) ? Checkpoint.Load(run.Checkpoint, module, optimizer, fingerprint) : 0;
            using var metrics = run is null ? null : new MetricsWriter(run.Metrics, done);
            var loop = new Loop(this, module, method, optimizer, loader, metrics, run is null ? null : step => Checkpoint.Save(run.Checkpoint, module, optimizer, step, fingerprint));
            loop.Run(done, stop);
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

    private sealed class Loop(
        Trainer trainer, GraphModule module, IMethod method, SgdOptimizer optimizer, BatchLoader loader, MetricsWriter? metrics, Action<long>? save)
    {
        private readonly TrainingOptions options = trainer.options;
        private double top1 = double.NaN;

        public void Run(long done, CancellationToken stop)
        {
            long total = (long)options.Epochs * loader.BatchCount;
            for (int epoch = (int)(done / loader.BatchCount); epoch < options.Epochs; epoch++)
            {
                module.train();
                int first = (int)(done % loader.BatchCount);
                foreach (var batch in loader.Read(epoch, first))
                {
                    using (batch)
                    {
                        var position = new StepPosition(++done, total, epoch, options.Epochs);
                        double loss = Step(batch, position);
                        trainer.progress?.Report(new TrainingProgress(done, total, loss, top1));
                    }

                    if (stop.IsCancellationRequested)
                    {
                        save?.Invoke(done);
                        throw new OperationCanceledException(stop);
                    }
                }

                EndEpoch(epoch, done);
            }

            method.Finish(new StepPosition(total, total, options.Epochs - 1, options.Epochs));
        }

        private double Step(Batch batch, StepPosition position)
        {
            using var scope = NewDisposeScope();
            double rate = options.LearningRate.At(position.Step, position.TotalSteps);
            method.BeforeStep(position);
            var logits = module.call(Evaluator.ToTensor(batch, trainer.data.Train.Shape, module.Device));
            var loss = nn.functional.cross_entropy(logits, tensor(batch.Labels, device: module.Device));
            var penalty = method.Penalty();
            (penalty is null ? loss : loss.Plus(penalty)).backward();
            optimizer.Step(rate);
            method.AfterStep(position);
            double value = loss.cpu().item<float>();
            if (!double.IsFinite(value))
            {
                throw new BitAnnealException($"the training diverged at step {position.Step} (loss {value}); lower the learning rate");
            }

            if (metrics is not null && (position.Step % options.LogEvery == 0 || position.Step == position.TotalSteps))
            {
                double extra = penalty is null ? double.NaN : penalty.cpu().item<float>();
                metrics.Write(position.Step, [new("loss", value), new("penalty", extra), new("learningRate", rate), .. method.Metrics()]);
            }

            return value;
        }

        /// <summary>Never stopped half-way: the checkpoint behind it stands for a whole epoch, its evaluation included.</summary>
        private void EndEpoch(int epoch, long done)
        {
            if ((epoch + 1) % options.EvaluateEvery == 0 || epoch + 1 == options.Epochs)
            {
                var evaluation = Evaluator.Run(module, trainer.data.Test);
                top1 = evaluation.Top1;
                metrics?.Write(done, [new("epoch", epoch + 1), new("test.top1", top1), new("test.loss", evaluation.Loss)]);
                trainer.logger.LogInformation("{Method} epoch {Epoch}/{Epochs}: top-1 {Top1:P2}, loss {Loss:F4}", method.Name, epoch + 1, options.Epochs, top1, evaluation.Loss);
            }

            save?.Invoke(done);
        }
    }
}
