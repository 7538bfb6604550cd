using BitAnneal.Graphs;
using BitAnneal.Training;
using BitAnneal.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace BitAnneal.Cli.Commands.Bench;

/// <summary>A float32 network in libtorch, operator by operator, channels innermost in memory.</summary>
internal sealed class TorchNetwork : IDisposable
{
    private readonly GraphModule module;
    private readonly Tensor input;

    /// <summary>Loads a network.</summary>
    /// <param name="graph">Of float weights, without an input grid.</param>
    /// <param name="image">The input, once per image of the batch.</param>
    /// <param name="batch">Images per run.</param>
    /// <param name="threads">Threads within an operator.</param>
    public TorchNetwork(Graph graph, float[] image, int batch, int threads)
    {
        TorchRuntime.Load();
        set_num_threads(threads);
        module = new GraphModule(graph, [], CPU);
        module.eval();
        using var scope = NewDisposeScope();
        float[] images = [.. Enumerable.Repeat(image, batch).SelectMany(i => i)];
        var x = tensor(images, [batch, .. graph.InputShape.Dimensions.Select(d => (long)d)]);
        input = (x.dim() == 4 ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x).DetachFromDisposeScope();
    }

    /// <summary>Version of the library.</summary>
    public static string Version => torch.__version__;

    /// <summary>Runs the batch.</summary>
    public void Run()
    {
        using var none = no_grad();
        using var output = module.call(input);
    }

    public void Dispose()
    {
        module.Dispose();
        input.Dispose();
    }
}
