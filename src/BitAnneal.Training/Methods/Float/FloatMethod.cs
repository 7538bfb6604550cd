using BitAnneal.Graphs;
using static TorchSharp.torch;

namespace BitAnneal.Training.Methods.Float;

/// <summary>Ordinary float32 training: the reference that low-bit methods are measured against.</summary>
public sealed class FloatMethod : IMethod
{
    /// <inheritdoc/>
    public string Name => "float";

    /// <inheritdoc/>
    public GraphModule Prepare(Graph graph, Device device) => new(graph, [], device);
}
