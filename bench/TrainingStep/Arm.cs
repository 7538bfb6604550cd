using System.Diagnostics;
using BitAnneal.Graphs.Cost;
using BitAnneal.Models;
using BitAnneal.Training;
using BitAnneal.Training.Methods;
using BitAnneal.Training.Methods.Dqa;
using BitAnneal.Training.Methods.Float;
using BitAnneal.Training.Optimizers;
using BitAnneal.Training.Quantizers;
using static TorchSharp.torch;

namespace BitAnneal.Bench;

/// <summary>One way to train one network: whole steps on a fixed random batch.</summary>
internal sealed class Arm : IDisposable
{
    private readonly IMethod method;
    private readonly GraphModule module;
    private readonly SgdOptimizer optimizer;
    private readonly Tensor pixels, labels;
    private long step;

    public Arm(string model, string name, int batch)
    {
        Name = name;
        var graph = ModelCatalog.Create(model, 1);
        var weights = QuantizerSpec.Mixture("minmax", 2);
        method = name switch
        {
            "float" or "float, bfloat16" => new FloatMethod(),
            "DQA, weights" => new DqaMethod(new QuantizationPlan { Weights = weights, Activations = [QuantizerSpec.FullPrecision] }),
            "naive, weights" => new NaiveMethod(new QuantizationPlan { Weights = weights, Activations = [QuantizerSpec.FullPrecision] }),
            "naive, weights and activations" => new NaiveMethod(new QuantizationPlan { Weights = weights, Activations = weights }),
            _ => new DqaMethod(new QuantizationPlan { Weights = weights, Activations = weights }),
        };
        module = method.Prepare(graph, CPU);
        module.ComputeType = name.EndsWith("bfloat16", StringComparison.Ordinal) ? ComputeType.BFloat16 : ComputeType.Full;
        module.train();
        optimizer = new SgdOptimizer(module.Trainables, 0.9, 5e-4, 4e-4);
        Operations = 6.0 * NetworkCost.Measure(graph).MultiplyAccumulates * batch;
        var shape = graph.InputShape;
        using var scope = NewDisposeScope();
        pixels = randn(batch, shape[1], shape[2], shape[0]).permute(0, 3, 1, 2).DetachFromDisposeScope();
        labels = randint(0, 10, [batch]).DetachFromDisposeScope();
    }

    public static string[] Names { get; } =
    [
        "float", "naive, weights", "DQA, weights", "naive, weights and activations", "DQA, weights and activations", "float, bfloat16",
        "DQA, weights and activations, bfloat16",
    ];

    public string Name { get; }

    /// <summary>Floating-point operations of a float step: forward, and twice as many backward.</summary>
    public double Operations { get; }

    /// <summary>One step.</summary>
    /// <returns>Milliseconds: of processor time with one thread, which load does not disturb; of the clock with several.</returns>
    public double Step()
    {
        var clock = Stopwatch.StartNew();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        using var scope = NewDisposeScope();
        method.BeforeStep(new StepPosition(++step, 1000, 0, 1));
        var loss = nn.functional.cross_entropy(module.call(pixels), labels);
        var penalty = method.Penalty();
        (penalty is null ? loss : loss.add(penalty, Scalars.One)).backward();
        optimizer.Step(1e-4);
        method.AfterStep(new StepPosition(step, 1000, 0, 1));
        loss.item<float>();
        double cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds;
        return get_num_threads() == 1 ? cpu : clock.Elapsed.TotalMilliseconds;
    }

    public void Dispose()
    {
        optimizer.Dispose();
        module.Dispose();
        pixels.Dispose();
        labels.Dispose();
    }
}
