using System.Collections.Immutable;
using BitAnneal.Cli.Console;
using BitAnneal.Data;
using BitAnneal.Graphs;
using BitAnneal.Graphs.Safetensors;
using BitAnneal.Models;
using BitAnneal.Onnx;
using BitAnneal.Training;
using BitAnneal.Training.Freezing;
using BitAnneal.Training.Losses;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.BinaryRelax;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Methods.Plain;
using BitAnneal.Training.Native;
using BitAnneal.Training.Quantizers;
using BitAnneal.Training.Relaxations;
using BitAnneal.Training.Runs;
using BitAnneal.Training.Schedules;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace BitAnneal.Cli.Commands;

/// <summary>One training from configuration to frozen file.</summary>
/// <param name="configuration">What to do.</param>
/// <param name="data">Images.</param>
/// <param name="logger">Where to tell what happens.</param>
/// <param name="progress">Where progress is printed when there is no terminal.</param>
internal sealed class TrainingJob(RunConfiguration configuration, ImageDataset data, ILogger logger, TextWriter progress)
{
    /// <summary>Names of all methods.</summary>
    public static IReadOnlyCollection<string> Methods { get; } = ["float", "plain", "binary-relax", "dqa"];

    private readonly RunConfiguration configuration = configuration;

    /// <summary>Every fault of the configuration, before any work starts.</summary>
    /// <exception cref="UsageException">There are some; all are listed.</exception>
    /// <exception cref="BitAnnealException">The weights to start from cannot be read.</exception>
    public static void Check(RunConfiguration configuration)
    {
        bool isKnown = CommonOptions.Models.Contains(configuration.Model);
        var options = Options(configuration);
        Refuse([.. configuration.Faults(), .. isKnown ? options.Faults(ModelCatalog.Create(configuration.Model)) : options.Faults()]);
        TeacherGraph(configuration);
        Refuse([.. Plan(configuration).Faults(InitialGraph(configuration))]); // A wrong model or weight file should not wait for the data.
    }

    /// <summary>Prepares the machine: native libraries, threads, device.</summary>
    /// <exception cref="BitAnnealException">There is no such device.</exception>
    public static torch.Device Start(int threads, string device)
    {
        TorchRuntime.Load();
        torch.set_num_threads(threads);
        return device != "cuda" ? torch.CPU : torch.cuda.is_available() ? torch.CUDA
            : throw new BitAnnealException("--device cuda: libtorch finds no CUDA device; use --device cpu");
    }

    /// <summary>A name for a run: what is trained how, and on which grids it ends.</summary>
    public static string NameOf(RunConfiguration configuration)
    {
        var plan = Plan(configuration);
        string grids = configuration.Method == "float" ? "" : $"-w-{plan.Weights[0]}-a-{plan.Activations[0]}{(configuration.Edges == "same" ? "" : $"-edges-{configuration.Edges}")}";
        return $"{configuration.Model}-{configuration.Data}-{configuration.Method}{grids}-seed{configuration.Seed}".Replace(':', '_');
    }

    /// <summary>The network with the weights to start from.</summary>
    public static Graph InitialGraph(RunConfiguration configuration)
    {
        var graph = ModelCatalog.Create(configuration.Model, configuration.Seed, DatasetCatalog.ClassCount(configuration.Data, configuration.DataDir));
        return configuration.Init is null ? graph : ParameterLoading.Load(graph, configuration.Init);
    }

    /// <summary>The float network to learn from, or null.</summary>
    private static Graph? TeacherGraph(RunConfiguration configuration) =>
        configuration.Teacher is null ? null : InitialGraph(configuration with { Init = configuration.Teacher });

    /// <summary>Trains, judges, freezes and writes. Without a folder nothing is written; the folder is made once nothing but the work itself can fail.</summary>
    public TrainingJobResult Run(RunFolder? folder, bool resume, bool allowUnsettled, string title, CancellationToken stop)
    {
        var device = Start(configuration.Threads, configuration.Device);
        var (graph, teacher) = (InitialGraph(configuration), TeacherGraph(configuration));
        Evaluator.InputGrid(graph, data.Train);
        if (folder is not null)
        {
            Open(folder, resume);
        }

        using var module = Terminal.WithProgress(progress, title, report =>
        {
            var reporter = new Reporter(p => report((double)p.Step / p.TotalSteps, FormattableString.Invariant($"loss {p.Loss:F3}{(double.IsNaN(p.Top1) ? "" : $", top-1 {p.Top1:P1}")}")));
            return new Trainer(Options(configuration), data, logger, reporter).Train(graph, Method(), device, folder, resume, teacher, stop);
        });
        var mixture = Evaluator.Run(module, data.Test, stop);
        if (configuration.Method == "float")
        {
            Save(module, folder);
            return new TrainingJobResult(mixture, mixture, null, null);
        }

        Save(module, folder);
        var frozen = Freezer.Freeze(module, allowUnsettled);
        using var simulation = new GraphModule(frozen.Graph, [], device);
        var collapsed = Evaluator.Run(simulation, data.Test, stop);
        if (folder is not null)
        {
            OnnxExporter.Export(frozen.Graph, folder.Model);
        }

        return new TrainingJobResult(mixture, collapsed, frozen, folder?.Model);
    }

    /// <summary>Seconds of one step, from the first ones of the training. Nothing is written.</summary>
    public double SecondsPerStep(CancellationToken stop)
    {
        var device = Start(configuration.Threads, configuration.Device);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var timer = new StepTimer(enough.Cancel);
        try
        {
            new Trainer(Options(configuration), data, logger, timer).Train(InitialGraph(configuration), Method(), device, teacher: TeacherGraph(configuration), stop: enough.Token).Dispose();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The timer has seen enough.
        }

        return timer.SecondsPerStep;
    }

    private void Open(RunFolder folder, bool resume)
    {
        (string Flag, string? File)[] inputs = [("--init", configuration.Init), ("--teacher", configuration.Teacher)];
        Refuse([.. inputs.Where(f => f.File is not null && Path.GetFullPath(f.File) == Path.GetFullPath(folder.FloatModel))
            .Select(f => $"{f.Flag} '{f.File}' would be overwritten by this run; choose another --out")]);
        folder.Create().Lock();
        if (!resume || !folder.HasCheckpoint)
        {
            folder.Clear();
        }
        else if (File.Exists(folder.Configuration))
        {
            string[] differences = [.. configuration.DifferencesFrom(RunConfiguration.Read(folder.Configuration))];
            Refuse(differences.Length == 0 ? [] : [$"--resume: the run in '{folder.Path}' has another configuration ({string.Join(", ", differences)})"]);
        }

        configuration.Write(folder.Configuration);
    }

    private static void Refuse(string[] faults)
    {
        if (faults.Length > 0)
        {
            throw new UsageException(string.Join("; ", faults));
        }
    }

    private static void Save(GraphModule module, RunFolder? folder)
    {
        if (folder is not null)
        {
            var trained = module.ToGraph();
            SafetensorsFile.Write(folder.FloatModel, trained.Parameters.Select(p => KeyValuePair.Create(p.Key, (FloatTensor)p.Value)));
        }
    }

    private IMethod Method() => configuration.Method switch
    {
        "float" => new FloatMethod(),
        "plain" => new PlainMethod(Plan(configuration)),
        "binary-relax" => new BinaryRelaxMethod(Plan(configuration), (configuration.OriginalBinaryRelax ? BinaryRelaxOptions.Original : new BinaryRelaxOptions()) with { Growth = configuration.OmegaGrowth }),
        _ => new DqaMethod(Plan(configuration), new DqaOptions
        {
            Lambda = configuration.Lambda,
            Normalization = configuration.AlphaNormalization == "forward" ? AlphaNormalization.InForwardPass : AlphaNormalization.Assignment,
            SharedAttention = configuration.SharedAttention,
            Temperature = new ExponentialSchedule(configuration.StartTemperature, configuration.EndTemperature),
            Normalizer = configuration.Normalizer switch
            {
                "layer-share" => PenaltyNormalizer.LayerShare,
                "as-printed" => PenaltyNormalizer.AsPrinted,
                _ => PenaltyNormalizer.PerLayerMean,
            },
        }),
    };

    private static QuantizationPlan Plan(RunConfiguration c)
    {
        try
        {
            return new QuantizationPlan
            {
                Weights = c.Weights.IsEmpty ? QuantizerSpec.Mixture("minmax", c.WeightBits) : [.. c.Weights.Select(QuantizerSpec.Parse)],
                Activations = c.Activations.IsEmpty ? QuantizerSpec.Mixture(c.ActivationRange, c.ActivationBits) : [.. c.Activations.Select(QuantizerSpec.Parse)],
                InitialClip = c.InitialClip,
                Edges = c.Edges switch { "8bit" => EdgePolicy.EightBits, "float" => EdgePolicy.FullPrecision, _ => EdgePolicy.Same },
                Rules = [.. c.FloatLayers.Select(LayerRule.FullPrecision), .. c.Layers.Select(l => new LayerRule(l.Layers, Specs(l.Weights), Specs(l.Activations)))],
            };
        }
        catch (BitAnnealException e)
        {
            throw new UsageException(e.Message); // A name that no quantizer has.
        }

        static ImmutableArray<QuantizerSpec> Specs(ImmutableArray<string> names) => names.IsDefaultOrEmpty ? default : [.. names.Select(QuantizerSpec.Parse)];
    }

    private static TrainingOptions Options(RunConfiguration c)
    {
        bool resizedCrop = c.ResizedCrop ?? c.Data == "imagefolder";
        double rate = c.LearningRate ?? (c.Init is null ? 0.1 : 0.02);
        return new TrainingOptions
        {
            Epochs = c.Epochs,
            BatchSize = c.BatchSize,
            LearningRate = c.Schedule switch { "step" => new StepSchedule(rate), "constant" => new ConstantSchedule(rate), _ => new CosineSchedule(rate, c.WarmUp, c.Hold) },
            Momentum = c.Momentum,
            WeightDecay = c.WeightDecay,
            Seed = c.Seed,
            Augmentation = new Augmentation(resizedCrop ? 0 : c.CropMargin, c.Flip)
            {
                Crop = resizedCrop ? new RandomResizedCrop() : null,
                Jitter = c.ColourJitter > 0 ? new ColourJitter(c.ColourJitter, c.ColourJitter, c.ColourJitter) : null,
            },
            LabelSmoothing = c.LabelSmoothing,
            Mixup = c.Mixup,
            Distillation = c.Teacher is null ? null : new Distillation(c.DistillationWeight, c.DistillationTemperature),
            AverageDecay = c.AverageDecay,
            GradientLimit = c.GradientLimit,
            BatchesPerStep = c.BatchesPerStep,
            ComputeType = c.Compute == "bfloat16" ? ComputeType.BFloat16 : ComputeType.Full,
            BatchNormBatches = c.BatchNormBatches,
            EvaluateEvery = c.EvaluateEvery,
            LogEvery = c.LogEvery,
            CheckpointMinutes = c.CheckpointMinutes,
        };
    }

    /// <summary>Calls back on the training thread; <see cref="Progress{T}"/> would post to another one and print out of order.</summary>
    private sealed class Reporter(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
